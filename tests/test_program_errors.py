"""What goes wrong is told in one line, by the built-in engine and by Pulumi's own: wrong config, what AWS refuses."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from deadfall.decoys import KINDS
from deadfall.lab.emulator import Credentials
from deadfall.lab.engine import Deployment, DeploymentError
from deadfall.lab.engine.pulumi_home import PulumiHome
from deadfall.lab.engine.pulumi_process import run
from deadfall.lab.project import load
from deadfall.stack_files import PROJECT, SEED
from deadfall.stack_lab import StackLab
from tests.conftest import LEAN

STACK_FILE = "Pulumi.dev.yaml"
# No preview with wrong config gets as far as asking AWS for anything.
NOWHERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
pulumi_cli = pytest.mark.skipif(shutil.which("pulumi") is None, reason="needs the pulumi CLI on PATH")

Preview = Callable[[str, bool], list[str]]
"""Previews the program with the text of a stack file, with a seed or without: every error that is shown."""


def stack_file(changes: dict[str, Any]) -> str:
    """The dev stack's file with these keys changed; None leaves a key out."""
    content = yaml.safe_load((PROJECT / STACK_FILE).read_text())
    values = {**content["config"], **{f"deadfall:{key}": value for key, value in changes.items()}}
    return yaml.safe_dump({"config": {key: value for key, value in values.items() if value is not None}})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with a stack file that a test may write."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("Pulumi.yaml", "__main__.py", "components", "deadfall", "responders", ".venv"):
        (folder / name).symlink_to(PROJECT / name)
    return folder


@pytest.fixture(scope="module")
def built_in(project: Path) -> Preview:
    def preview(text: str, seeded: bool) -> list[str]:
        (project / STACK_FILE).write_text(text)
        seed, state = SEED if seeded else {}, project / "state.json"
        deployment = Deployment(project, "dev", config=seed, secrets=seed, provider_environment=NOWHERE, state=state)
        with pytest.raises(DeploymentError) as raised:
            deployment.preview()
        said = raised.value.result.diagnostics
        assert [d.message for d in said] in ([], [str(raised.value)])  # nothing is printed beside it
        return [str(raised.value)]

    return preview


@pytest.fixture(scope="module")
def pulumi(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Preview:
    home = PulumiHome(tmp_path_factory.mktemp("pulumi"), "dev", NOWHERE)
    home.prepare(load(PROJECT), SEED, set(SEED))
    encrypted = yaml.safe_load(home.config_file.read_text())
    seed = json.dumps(encrypted["config"]["deadfall:decoySeed"])

    def preview(text: str, seeded: bool) -> list[str]:
        salt = f"encryptionsalt: {encrypted['encryptionsalt']}\n"
        (project / STACK_FILE).write_text(salt + text + (f"  deadfall:decoySeed: {seed}\n" if seeded else ""))
        command = [home.cli, "preview", "--stack", "dev", "--non-interactive", "--color", "never"]
        ended = run(command, directory=project, environment=home.environment)
        shown = ended.stdout + ended.stderr
        assert ended.code != 0
        assert "Traceback" not in shown
        # Not what is shown while it runs, but what is left in the end: Pulumi tells an error in both places.
        return re.findall(r"^(?: {4})?error: (.*)$", shown, re.MULTILINE)

    return preview


WRONG = [
    (
        {"regoins": ["eu-west-1"]},
        "deadfall:regoins: is not a key of Deadfall; write regions or remove it (docs/configure.md lists all keys)",
    ),
    (
        {"regions": ["eu-west-9"]},
        "deadfall:regions[0]: 'eu-west-9' is not a region of the AWS partition 'aws'; use one such as eu-west-1",
    ),
    ({"environment": "production"}, "deadfall:environment: must be 'dev' or 'prod', not 'production'; write prod"),
    (
        {"evidence": {"retentionDays": 30, "lockDays": 31}},
        "deadfall:evidence.lockDays: evidence expires before its lock does; increase evidence.retentionDays",
    ),
    (
        {"decoys": [{"kind": "bucket"}]},
        f"deadfall:decoys[0]: 'bucket' is not a kind of decoy; write {' or '.join(map(repr, KINDS))}",
    ),
]
# YAML makes a moment of a date without quotes.
UNQUOTED_DATE = """
  deadfall:policyExceptions:
    - policy: reserved-concurrency
      owner: soc@example.com
      reason: the quota is not raised yet
      expires: 2027-01-31
"""
each_wrong = pytest.mark.parametrize(("changes", "sentence"), WRONG, ids=[next(iter(changes)) for changes, _ in WRONG])
each_preview = pytest.mark.parametrize("engine", ["built_in", pytest.param("pulumi", marks=pulumi_cli)])


@each_preview
@each_wrong
def test_what_deadfall_checks(request: pytest.FixtureRequest, engine: str, changes: dict[str, Any], sentence: str):
    assert request.getfixturevalue(engine)(stack_file(changes), True) == [sentence]


@each_preview
def test_a_date_without_quotes(request: pytest.FixtureRequest, engine: str):
    sentence = "deadfall:policyExceptions[0].expires: must be a date in quotes, such as '2027-01-31'"
    assert request.getfixturevalue(engine)(stack_file({}) + UNQUOTED_DATE.lstrip("\n"), True) == [sentence]


# What the engines check themselves, before the program runs: each in its own words.


@pytest.mark.parametrize(
    ("changes", "built_in_says", "pulumi_says"),
    [
        (
            {"alertEmails": None},
            "Pulumi.dev.yaml: deadfall:alertEmails is missing, and Pulumi.yaml has no default for it",
            "validating stack config: Stack 'dev' is missing configuration value 'deadfall:alertEmails'",
        ),
        (
            {"regions": "eu-west-1"},
            "Pulumi.dev.yaml: deadfall:regions must be of type array",
            "validating stack config: Stack 'dev' with configuration key 'deadfall:regions' must be of type "
            "'array<string>'",
        ),
        (
            {"keepEvidence": "maybe"},
            "Pulumi.dev.yaml: deadfall:keepEvidence must be of type boolean",
            "validating stack config: Stack 'dev' with configuration key 'deadfall:keepEvidence' must be of type "
            "'boolean'",
        ),
    ],
    ids=["missing", "not a list", "not a boolean"],
)
@each_preview
def test_what_pulumi_yaml_declares(
    request: pytest.FixtureRequest, engine: str, changes: dict[str, Any], built_in_says: str, pulumi_says: str
):
    said = {"built_in": built_in_says, "pulumi": pulumi_says}[engine]
    assert request.getfixturevalue(engine)(stack_file(changes), True) == [said]


@each_preview
def test_a_missing_seed(request: pytest.FixtureRequest, engine: str):
    (said,) = request.getfixturevalue(engine)(stack_file({}), False)
    assert "missing" in said
    assert "deadfall:decoySeed" in said


@each_preview
def test_a_stack_file_that_is_not_yaml(request: pytest.FixtureRequest, engine: str):
    (said,) = request.getfixturevalue(engine)("config:\n  deadfall:regions: [eu-west-1\n  x: y\n", True)
    assert said.startswith(
        {
            "built_in": "Pulumi.dev.yaml cannot be read: while parsing a flow sequence",
            "pulumi": "getting stack configuration: invalid YAML file: yaml: line",
        }[engine]
    )


# What AWS refuses


@contextmanager
def without_create_bucket(lab: StackLab) -> Iterator[None]:
    """The deploy role may do all but make buckets."""
    iam, of_role = lab.emulator.client("iam", lab.config.home), {"RoleName": "deploy", "PolicyName": "work"}
    everything = json.dumps(iam.get_role_policy(**of_role)["PolicyDocument"])
    lacking = {"Effect": "Allow", "NotAction": "s3:CreateBucket", "Resource": "*"}
    iam.put_role_policy(**of_role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [lacking]}))
    yield
    iam.put_role_policy(**of_role, PolicyDocument=everything)


def failure(lab: StackLab) -> set[str]:
    """What an update that fails says: a sentence per resource that could not be made."""
    with pytest.raises(DeploymentError) as raised:
        lab.up()
    assert "\n" not in str(raised.value)
    # Pulumi interrupts the program then.
    assert [d.message for d in raised.value.result.diagnostics if "Traceback" in d.message] == []
    return set(str(raised.value).split("; "))


@pytest.mark.parametrize("engine", ["builtin", pytest.param("pulumi", marks=pulumi_cli)])
def test_what_aws_refuses_is_told_with_resource_call_and_change_and_once_mended_it_comes_up(engine: Any):
    with StackLab.started(overrides=LEAN, engine=engine) as lab:
        with without_create_bucket(lab):
            denied = failure(lab)
        deployer = "arn:aws:sts::111122223333:assumed-role/deploy/pulumi"
        buckets = (("trail-archive", lab.names.trail_bucket), ("responder-evidence", lab.names.evidence_bucket))
        assert denied  # one or both: after a failure nothing more is begun
        assert denied <= {
            f"creating {resource}: CreateBucket: AccessDenied: User: {deployer} is not authorized to perform: "
            f's3:CreateBucket on resource: "arn:aws:s3:::{bucket}" because no identity-based policy allows the '
            "s3:CreateBucket action: grant this permission to the deploying role"
            for resource, bucket in buckets
        }

        somebody_else = lab.emulator.client("s3", lab.config.home, Credentials("999999999999", "test"))
        where = {"LocationConstraint": lab.config.home}
        somebody_else.create_bucket(Bucket=lab.names.evidence_bucket, CreateBucketConfiguration=where)
        assert failure(lab) == {
            "creating responder-evidence: CreateBucket: BucketAlreadyExists: The requested bucket name is not "
            "available. The bucket namespace is shared by all users of the system. Please select a different name "
            "and try again: another account has this name, so choose another deadfall:prefix"
        }

        somebody_else.delete_bucket(Bucket=lab.names.evidence_bucket)
        assert lab.up().changes
