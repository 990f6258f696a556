"""The workflow and trust policies under examples/ refer to what exists, and grant no more than necessary."""

import json
import re
import shlex
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy

from ..conftest import ROOT

EXAMPLES = ROOT / "examples" / "github"
WORKFLOW = yaml.safe_load((EXAMPLES / "deadfall.yml").read_text())
JOBS: dict[str, Any] = WORKFLOW["jobs"]
COMMANDS = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]
ISSUER = "token.actions.githubusercontent.com"


def words(command: str) -> list[str]:
    return shlex.split(command.replace("${{ matrix.stack }}", "dev"))


def test_pull_requests_preview_and_merges_to_main_deploy():
    on = WORKFLOW[True]  # YAML reads `on` as a boolean
    assert on == {"pull_request": {"branches": ["main"]}, "push": {"branches": ["main"]}}
    assert {name: job["if"] for name, job in JOBS.items()} == {
        "preview": "github.event_name == 'pull_request'",
        "deploy": "github.event_name == 'push'",
    }
    assert [words(command)[:2] for command in COMMANDS] == [
        ["make", ".venv/installed"],
        ["pulumi", "preview"],
        ["make", ".venv/installed"],
        ["pulumi", "up"],
    ]
    assert JOBS["deploy"]["strategy"]["max-parallel"] == 1
    assert JOBS["deploy"]["concurrency"]["cancel-in-progress"] is False


def test_a_job_may_read_the_repository_and_get_its_token_and_nothing_else():
    assert WORKFLOW["permissions"] == {}
    assert [job["permissions"] for job in JOBS.values()] == [{"contents": "read", "id-token": "write"}] * 2


def test_no_aws_key_is_named_and_each_stack_has_its_own_environment():
    text = (EXAMPLES / "deadfall.yml").read_text()
    assert not re.search("access.key", text, re.I)
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"PULUMI_CONFIG_PASSPHRASE"}
    assert {name: job["environment"] for name, job in JOBS.items()} == {
        "preview": "preview-${{ matrix.stack }}",
        "deploy": "${{ matrix.stack }}",
    }


@pytest.mark.parametrize("job", JOBS)
def test_the_stacks_are_shipped(job: str):
    stacks = JOBS[job]["strategy"]["matrix"]["stack"]
    assert stacks == ["dev", "prod"]
    assert all((ROOT / f"Pulumi.{stack}.yaml").exists() for stack in stacks)


def test_what_is_made_and_what_is_named_exists():
    assert re.search(r"^\.venv/installed:", (ROOT / "Makefile").read_text(), re.M)
    packs = {words(command)[words(command).index("--policy-pack") + 1] for command in COMMANDS if "pulumi" in command}
    assert packs == {"policies"}
    assert (ROOT / "policies" / "PulumiPolicy.yaml").exists()


def test_actions_are_pinned_by_major_version_or_commit():
    used = [step["uses"] for job in JOBS.values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})", action) for action in used)


def test_the_cli_is_the_version_of_the_sdk_in_the_lock_file():
    locked = re.search(r"^pulumi==([\d.]+)", (ROOT / "requirements.lock").read_text(), re.M)
    versions = {
        step["with"]["pulumi-version"] for job in JOBS.values() for step in job["steps"] if "pulumi/" in str(step)
    }
    assert locked
    assert versions == {locked[1]}


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="needs the pulumi CLI on PATH")
@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("pulumi")])
def test_the_flags_are_real_ones(command: str):
    pulumi, verb, *rest = words(command)
    told = subprocess.run([pulumi, verb, "--help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"(--[a-z][a-z-]*)", told))
    flags = [word for word in rest if word.startswith("--")]
    assert flags
    assert [flag for flag in flags if flag not in known] == []


@pytest.mark.parametrize(("role", "environment"), [("deploy", "dev"), ("preview", "preview-dev")])
def test_the_role_trusts_one_repository_and_one_environment(role: str, environment: str):
    policy = json.loads((EXAMPLES / f"{role}-role-trust.json").read_text())
    account = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]["deadfall:accountId"]
    provider = f"arn:aws:iam::{account}:oidc-provider/{ISSUER}"

    def trusted(subject: str, audience: str = "sts.amazonaws.com", by: str = provider) -> bool:
        asked = EvalContext(
            principal_arn=by,
            principal_type="FederatedUser",
            principal_account=account,
            action="sts:AssumeRoleWithWebIdentity",
            resource_arn="*",
            region="",
            service_context={f"{ISSUER}:sub": subject, f"{ISSUER}:aud": audience},
        )
        return evaluate_trust_policy(policy, by, asked)

    subject = f"repo:example/deadfall:environment:{environment}"
    assert trusted(subject)
    assert not trusted("repo:example/deadfall:environment:prod")
    assert not trusted("repo:example/deadfall:ref:refs/heads/main")
    assert not trusted("repo:example/deadfall:pull_request")
    assert not trusted(subject.replace("example/", "somebody-else/"))
    assert not trusted(subject, audience="https://github.com/example")
    assert not trusted(subject, by=provider.replace("token.actions", "other"))
