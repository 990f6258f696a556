"""A whole Deadfall account in the lab: the emulator, a deploy role, the deployed program, and the people in it."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from deadfall.config import StackConfig, of_stack
from deadfall.names import Names

from . import adopted_trail
from .emulator import Credentials, Emulator
from .engine import Deployment, Event, PulumiDeployment, Result, project

PROJECT = Path(__file__).parent.parent.parent
# The seed of decoy values: in the lab it keeps nothing safe, so it may stand here.
SEED = {"deadfall:decoySeed": "the-lab-has-no-secrets-worth-keeping"}
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
# How long a lab can be deployed into: the longest session that a role can be given (IAM API reference, CreateRole).
DEPLOY_SECONDS = 12 * 3600
Engine = Literal["builtin", "pulumi"]
T = TypeVar("T")


def config_of(stack: str, overrides: Mapping[str, Any] | None = None) -> StackConfig:
    """The config of Pulumi.<stack>.yaml, with values over it. The stack's own seed may be encrypted, so the
    lab's stands in for it.

    Raises:
        ConfigError: a key is missing, unknown or wrong.
        ProjectError: there is no such stack, or its file is malformed.
    """
    return of_stack(project.stack_config(project.load(PROJECT), stack, {**SEED, **(overrides or {})}, SEED).values)


class LabTimeoutError(Exception):
    """Something that should have happened in the lab did not; the text says what."""


class Lab:
    """One account in the lab, and one stack of the unchanged Pulumi program that is deployed into it.

    `config` and `names` are what the program itself reads and composes; `deployment` brings the stack up and down with
    the credentials of the deploy role, as a person or a pipeline would; `applied` is the result of the last `up`.
    """

    def __init__(self, emulator: Emulator, config: StackConfig, deployment: Deployment | PulumiDeployment) -> None:
        self.emulator = emulator
        self.config = config
        self.names = Names.of(config)
        self.deployment = deployment
        self.applied = Result()

    @classmethod
    @contextmanager
    def started(
        cls,
        stack: str = "dev",
        overrides: Mapping[str, Any] | None = None,
        on_event: Callable[[Event], None] = lambda event: None,
        engine: Engine = "builtin",
        deploy_permissions: Sequence[Mapping[str, Any]] = (ANYTHING,),
    ) -> Iterator["Lab"]:
        """A running lab with nothing deployed yet.

        Args:
            stack: which Pulumi.<stack>.yaml.
            overrides: config values over those of the stack's file.
            on_event: told of every step of the deployment.
            engine: the built-in one, or the real one, which is the pulumi CLI on PATH.
            deploy_permissions: statements of the deploy role's policy.
        """
        values = {**SEED, **(overrides or {})}
        config = config_of(stack, overrides)
        with Emulator.start(config.account_id) as emulator, tempfile.TemporaryDirectory() as folder:
            adopted_trail.make(emulator, config)
            settings: dict[str, Any] = {
                "config": values,
                "secrets": SEED,
                "provider_environment": _provider_environment(
                    emulator, _deploy_credentials(emulator, config, deploy_permissions)
                ),
                "on_event": on_event,
            }
            if engine == "pulumi":
                deployment = PulumiDeployment(PROJECT, stack, folder=Path(folder), **settings)
            else:
                deployment = Deployment(PROJECT, stack, state=Path(folder) / "state.json", **settings)
            yield cls(emulator, config, deployment)

    def up(self) -> Result:
        """Deploy the stack; `applied` keeps the result."""
        self.applied = self.deployment.up()
        return self.applied

    def user(self, name: str, *statements: Mapping[str, Any], password: str | None = None) -> Credentials:
        """Make an IAM user with these permissions, an access key, and maybe a console password."""
        iam = self.emulator.client("iam", self.config.home)
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="work", PolicyDocument=_document(statements))
        if password:
            iam.create_login_profile(UserName=name, Password=password)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def role(self, name: str, *statements: Mapping[str, Any], path: str = "/") -> str:
        """Make an IAM role with these permissions that anybody in the account may assume; returns its ARN."""
        return _role(self.emulator, self.config, name, statements, path)

    def session(self, role_arn: str, session_name: str) -> Credentials:
        """Assume a role of this lab."""
        return _session(self.emulator, self.config, role_arn, session_name)

    def wait_for(self, what: str, look: Callable[[], T | None], seconds: float = 20.0) -> T:
        """Look until there is something to see.

        Raises:
            LabTimeoutError: there was nothing in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if seen := look():
                return seen
            time.sleep(0.05)
        raise LabTimeoutError(f"In {seconds:g} s the lab did not see: {what}.")

    def incidents(self) -> list[dict[str, Any]]:
        """Every incident document in the ledger, oldest first."""
        pages = self.emulator.client("dynamodb", self.config.home).get_paginator("scan")
        found = pages.paginate(
            TableName=self.names.ledger,
            ConsistentRead=True,
            FilterExpression="sk = :document",
            ExpressionAttributeValues={":document": {"S": "DOCUMENT"}},
        )
        documents = [json.loads(item["document"]["S"]) for page in found for item in page["Items"]]
        return sorted(documents, key=lambda incident: incident["when"]["event"])

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """The mails that were sent so far, oldest first."""
        return [e for e in self.emulator.journal() if e["kind"] == "mail" and to in (None, e["to"])]


def _deploy_credentials(
    emulator: Emulator, config: StackConfig, statements: Sequence[Mapping[str, Any]]
) -> Credentials:
    """Make the deploy role that the stack config names and assume it."""
    _, _, path_and_name = config.deploy_role_arn.partition(":role/")
    path, _, name = path_and_name.rpartition("/")
    arn = _role(emulator, config, name, statements, f"/{path}/" if path else "/")
    return _session(emulator, config, arn, "pulumi", DEPLOY_SECONDS)


def _provider_environment(emulator: Emulator, credentials: Credentials) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token or "",
    }


def _role(
    emulator: Emulator, config: StackConfig, name: str, statements: Iterable[Mapping[str, Any]], path: str = "/"
) -> str:
    iam = emulator.client("iam", config.home)
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{config.account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    arn = iam.create_role(
        RoleName=name, Path=path, AssumeRolePolicyDocument=_document([trusted]), MaxSessionDuration=DEPLOY_SECONDS
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=_document(statements))
    return arn


def _session(
    emulator: Emulator, config: StackConfig, role_arn: str, session_name: str, seconds: int = 3600
) -> Credentials:
    sts = emulator.client("sts", config.home)
    issued = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name, DurationSeconds=seconds)["Credentials"]
    return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])


def _document(statements: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
