"""Whose credentials, which account, and that it never leaves this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import PluginError, ProviderPlugin
from deadfall.lab.provider.configuration import ConfigurationError, loopback_endpoint

from .driver import ACCOUNT_ID, PROVIDER_URN, REGION, Provider, allow

TOPIC = "aws:sns/topic:Topic"


@contextmanager
def started(directory: Path, environment: Mapping[str, str]) -> Iterator[ProviderPlugin]:
    plugin = ProviderPlugin(directory, environment)
    try:
        yield plugin
    finally:
        plugin.stop()


def refusal(directory: Path, environment: Mapping[str, str], inputs: Mapping[str, Any]) -> str:
    with started(directory, environment) as plugin, pytest.raises(PluginError) as refused:
        plugin.configure(PROVIDER_URN, inputs)
    return str(refused.value)


def test_another_account_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    inputs = {"region": REGION, "allowedAccountIds": json.dumps(["999999999999", "888888888888"])}
    assert refusal(tmp_path, environment, inputs) == (
        f"the AWS provider's credentials belong to account {ACCOUNT_ID}, but allowedAccountIds has only 999999999999, "
        "888888888888"
    )


def test_bad_credentials_are_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    wrong = environment | {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}
    message = refusal(tmp_path, wrong, {"region": REGION})
    assert message.startswith("the AWS provider's credentials do not work: ")
    assert "InvalidClientTokenId" in message


def test_no_credentials_are_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    none = {"AWS_ENDPOINT_URL": environment["AWS_ENDPOINT_URL"]}
    assert refusal(tmp_path, none, {"region": REGION}) == (
        "the AWS provider's credentials do not work: Unable to locate credentials"
    )


def test_a_region_is_needed(tmp_path: Path, environment: dict[str, str]) -> None:
    assert refusal(tmp_path, environment, {}) == "the AWS provider needs a region"


def test_unknown_provider_properties_are_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    with started(tmp_path, environment) as plugin:
        assert plugin.check_config(PROVIDER_URN, {"region": REGION, "skipRegionValidation": "true"}) == []
        assert plugin.check_config(PROVIDER_URN, {"profile": "prod"}) == [
            "profile is not a provider property that the lab implements"
        ]


def test_credentials_may_come_from_the_inputs(tmp_path: Path, environment: dict[str, str], emulator: Emulator) -> None:
    iam = emulator.client("iam", REGION)
    iam.create_user(UserName="deployer")
    iam.put_user_policy(UserName="deployer", PolicyName="work", PolicyDocument=allow("sns:*"))
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    inputs = {"region": REGION, "accessKey": key["AccessKeyId"], "secretKey": key["SecretAccessKey"]}
    with started(tmp_path, environment) as plugin:
        plugin.configure(PROVIDER_URN, inputs)
        provider = Provider(plugin)
        assert provider.is_gone(provider.create(TOPIC, {"name": "mine"}))
        with pytest.raises(
            PluginError, match=r"^creating it: CreateUser: AccessDenied: .*user/deployer is not authorized"
        ):
            provider.create("aws:iam/user:User", {"name": "it"})
    iam.delete_access_key(UserName="deployer", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="deployer", PolicyName="work")
    iam.delete_user(UserName="deployer")


def test_a_role_may_be_assumed(tmp_path: Path, environment: dict[str, str], emulator: Emulator) -> None:
    iam = emulator.client("iam", REGION)
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT_ID}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust)
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/deployer"
    with started(tmp_path, environment) as plugin:
        plugin.configure(PROVIDER_URN, {"region": REGION, "assumeRoles": json.dumps([{"roleArn": role}])})
        with pytest.raises(PluginError, match=r"AccessDenied: .*assumed-role/deployer/pulumi is not authorized"):
            Provider(plugin).create("aws:iam/user:User", {"name": "it"})
    iam.delete_role(RoleName="deployer")


def test_credentials_of_this_machine_are_none_of_its_business(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "credentials").write_text("[prod]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of a real session")
    none = {"AWS_ENDPOINT_URL": environment["AWS_ENDPOINT_URL"]}
    assert "Unable to locate credentials" in refusal(tmp_path, none, {"region": REGION})
    with started(tmp_path, environment) as plugin:
        plugin.configure(PROVIDER_URN, {"region": REGION})


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"])
def test_an_endpoint_on_this_machine_is_taken(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert loopback_endpoint() == endpoint


@pytest.mark.parametrize(
    "endpoint",
    ["", "https://sts.amazonaws.com", "http://10.0.0.1:4566", "http://localhost.example.com", "127.0.0.1:80"],
)
def test_any_other_endpoint_is_refused(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(ConfigurationError) as refused:
        loopback_endpoint()
    assert str(refused.value) == (
        "the lab's AWS provider works only with an emulator on this machine: set AWS_ENDPOINT_URL to its address, "
        f"such as http://127.0.0.1:4566 (it is {endpoint!r})"
    )


def test_it_does_not_start_without_an_endpoint() -> None:
    """Run as the real CLI runs it, with the engine's address as its argument."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-m", "deadfall.lab.provider", "127.0.0.1:1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("error: the lab's AWS provider works only with an emulator on this machine: ")
