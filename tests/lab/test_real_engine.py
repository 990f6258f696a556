"""The whole program under the real Pulumi engine: what README.md says works, over the lab.

Slow by nature: labs are shared, and `pytest -s` prints what every run of the CLI took.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from deadfall.lab.engine import DeploymentError, Event, PulumiDeployment
from deadfall.lab.engine.urn import name as name_of
from deadfall.lab.provider.values import reveal
from deadfall.stack_files import PROJECT, SEED

from .real_engine import Real, needs_cli, program_copy, real, timed, touched, unexpected

pytestmark = needs_cli

STACKS = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
DEV: dict[str, Any] = yaml.safe_load((PROJECT / "Pulumi.dev.yaml").read_text())["config"]
PACK = PROJECT / "policies"
DISPOSABLE = {"deadfall:environment": "dev", "deadfall:keepEvidence": False}


@pytest.fixture(scope="module")
def dev() -> Iterator[Real]:
    """The stack dev, deployed. A test may leave it with other config: `deployment` is what it was left by."""
    with real() as dev:
        dev.deployment.up()
        dev.as_shipped = dev.inventory()
        yield dev


def refused(operation: Any) -> str:
    with pytest.raises(DeploymentError) as refusal:
        operation()
    return str(refusal.value)


# The life of every stack that ships


@pytest.mark.parametrize("stack", STACKS)
def test_the_life_of_a_shipped_stack(stack: str) -> None:
    with real(stack) as lab:
        deployment = lab.deployment

        foreseen = timed(f"{stack}: preview with the pack", lambda: deployment.preview(policy_pack=PACK))
        everything = {resource.urn for resource in foreseen.resources}
        assert (set(foreseen.changes.created), touched(foreseen).keys()) == (everything, {"created"})
        assert lab.inventory() == lab.before

        made = timed(f"{stack}: up with the pack", lambda: deployment.up(policy_pack=PACK))
        assert (set(made.changes.created), touched(made).keys()) == (everything, {"created"})
        assert {resource.urn for resource in made.resources} == everything
        assert max(lab.inventory().values()) == 1

        again = timed(f"{stack}: preview --expect-no-changes", lambda: deployment.preview(expect_no_changes=True))
        assert set(again.changes.same) == everything
        refreshed = timed(f"{stack}: refresh", deployment.refresh)
        assert (touched(refreshed), set(refreshed.changes.same)) == ({}, everything)
        assert [unexpected(result) for result in (foreseen, made, again, refreshed)] == [[], [], [], []]

        protected = [resource.urn for resource in made.resources if resource.protect]
        if protected:
            # What is written under the lock of a production stack, nobody can delete before the lock ends.
            lab.client("s3").put_object(Bucket=lab.lab.names.evidence_bucket, Key="kept", Body=b"evidence")
            there = lab.inventory()
            why = refused(lambda: timed(f"{stack}: destroy, refused", deployment.destroy))
            assert set(re.findall(r'resource "(\S+)" cannot be deleted because it is protected', why)) <= {*protected}
            assert (why.count(" is protected. To unprotect"), lab.inventory()) == (why.count('resource "'), there)
            deployment = lab.changed(DISPOSABLE)
            assert timed(f"{stack}: up, to be destroyed", deployment.up).changes.updated
            why = refused(lambda: timed(f"{stack}: destroy, but for locked evidence", deployment.destroy))
            assert re.match(r"deleting responder-evidence: .* object protected by object lock\.$", why), why
            return
        lab.lab.wait_for("the incident of the new trail's selectors", lab.lab.incidents)
        gone = timed(f"{stack}: destroy", deployment.destroy)
        assert (set(gone.changes.deleted), unexpected(gone)) == (everything, [])
        assert lab.inventory() == lab.before


# What is secret


def test_no_decoy_value_is_in_plain_in_what_the_cli_writes(dev: Real) -> None:
    """State, logs and events: of a secret's password, of a key's secret, of the seed."""
    manager = dev.client("secretsmanager")
    value = manager.get_secret_value(SecretId="prod/billing/postgres")["SecretString"]
    (key,) = (r for r in dev.deployment.up().resources if r.type == "aws:iam/accessKey:AccessKey")
    hidden = [value, json.loads(value)["password"], reveal(key.outputs["secret"]), *SEED.values()]
    files = [path for path in dev.shipped.folder.rglob("*") if path.is_file() and path.name != "passphrase"]

    def found(text: str) -> list[Path]:
        # JSON in JSON is escaped, once or more.
        spellings = {text, json.dumps(text)[1:-1], json.dumps(json.dumps(text)[1:-1])[1:-1]}
        return [path for path in files if any(spelling.encode() in path.read_bytes() for spelling in spellings)]

    assert [found(text) for text in hidden] == [[], [], [], []]
    # The key's id is no secret, and stands in all three: so the values would be found.
    places = {path.relative_to(dev.shipped.folder).parts[0] for path in found(key.id)}
    assert places >= {"state", "logs"}
    assert any(path.name.endswith(".events.jsonl") for path in found(key.id))


# What was changed behind Pulumi's back


def test_drift_is_seen_by_refresh_and_mended_by_the_next_up(dev: Real) -> None:
    names = dev.lab.names
    events, logs, s3, sns = (dev.client(service) for service in ("events", "logs", "s3", "sns"))
    iam, cloudtrail = dev.client("iam"), dev.client("cloudtrail")
    topic = names.arn("sns", names.alarm_topic)
    rule, metric_filter = (f"{names.prefix}-{detection}" for detection in ("trail-change", "root-use"))

    def told() -> dict[str, Any]:
        filters = logs.describe_metric_filters(logGroupName=names.trail_log_group)["metricFilters"]
        return {
            "rule": events.describe_rule(Name=rule)["State"],
            "filter": any(f["filterName"] == metric_filter for f in filters),
            "bucket's policy": "aws:SecureTransport" in s3.get_bucket_policy(Bucket=names.trail_bucket)["Policy"],
            "bucket's versioning": s3.get_bucket_versioning(Bucket=names.trail_bucket)["Status"],
            "decoy user's policies": iam.list_user_policies(UserName="svc-billing-export")["PolicyNames"],
            "trail": cloudtrail.get_trail_status(Name=names.trail)["IsLogging"],
            "tags": {tag["Key"]: tag["Value"] for tag in sns.list_tags_for_resource(ResourceArn=topic)["Tags"]},
        }

    meant = told()
    events.disable_rule(Name=rule)
    logs.delete_metric_filter(logGroupName=names.trail_log_group, filterName=metric_filter)
    policy = json.loads(s3.get_bucket_policy(Bucket=names.trail_bucket)["Policy"])
    statements = [statement for statement in policy["Statement"] if "SecureTransport" not in json.dumps(statement)]
    s3.put_bucket_policy(Bucket=names.trail_bucket, Policy=json.dumps({**policy, "Statement": statements}))
    s3.put_bucket_versioning(Bucket=names.trail_bucket, VersioningConfiguration={"Status": "Suspended"})
    for name in meant["decoy user's policies"]:
        iam.delete_user_policy(UserName="svc-billing-export", PolicyName=name)
    cloudtrail.stop_logging(Name=names.trail)
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "Team", "Value": "nobody"}, {"Key": "By", "Value": "hand"}])
    assert {what for what, value in told().items() if value != meant[what]} == meant.keys()

    changed = [
        "BucketPolicy trail-archive",
        "BucketVersioning trail-archive",
        "EventRule trail-change-eu-west-1",
        "Topic alarms",
        "Trail trail",
    ]
    missing = ["LogMetricFilter root-use", "UserPolicy svc-billing-export"]
    assert touched(timed("drift: refresh", dev.deployment.refresh)) == {"updated": changed, "deleted": missing}
    mended = timed("drift: up", dev.deployment.up)
    assert touched(mended) == {"created": missing, "updated": changed}
    assert (told(), unexpected(mended)) == (meant, [])


# Policies


OWN_PACK = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def validated(args, report):
    if args.resource_type == "aws:cloudtrail/trail:Trail" and not args.props.get("enableLogFileValidation"):
        report("log files could be changed unseen")

PolicyPack("own", policies=[ResourceValidationPolicy(
    name="trail-validated", description="Log file validation is on.", validate=validated,
    enforcement_level=EnforcementLevel.MANDATORY)])
"""


@pytest.fixture(scope="module")
def own_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pack = tmp_path_factory.mktemp("pack")
    runtime = {"name": "python", "options": {"virtualenv": str(PROJECT / ".venv")}}
    (pack / "PulumiPolicy.yaml").write_text(yaml.safe_dump({"version": "0.1.0", "runtime": runtime}))
    (pack / "__main__.py").write_text(OWN_PACK)
    return pack


@pytest.fixture(scope="module")
def unvalidated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with a trail whose log files are not validated."""
    program = program_copy(tmp_path_factory.mktemp("program") / "unvalidated")
    file = program / "components" / "audit_trail.py"
    changed = file.read_text().replace("enable_log_file_validation=True", "enable_log_file_validation=False")
    assert changed != file.read_text()
    file.write_text(changed)
    return program


def test_a_violation_stops_preview_and_up_before_anything_is_made(
    dev: Real, own_pack: Path, unvalidated: Path, tmp_path: Path
) -> None:
    there = dev.inventory()
    clean, violating = (
        PulumiDeployment(
            program,
            "dev",
            config=SEED,
            secrets=SEED,
            provider_environment=dev.shipped.provider_environment,
            folder=tmp_path / program.name,
        )
        for program in (PROJECT, unvalidated)
    )
    assert clean.preview(policy_pack=own_pack).changes.created
    own = "policy trail-validated: trail: Log file validation is on. log files could be changed unseen"
    assert refused(lambda: violating.preview(policy_pack=own_pack)) == own
    assert refused(lambda: violating.up(policy_pack=own_pack)) == own
    why = refused(lambda: timed("a violation: up with the pack, refused", lambda: violating.up(policy_pack=PACK)))
    assert why.startswith("policy trail-log-file-validation: trail: Trails validate their log files.")
    assert why.count("policy ") == 1
    assert dev.inventory() == there
    assert violating.preview().changes.created  # it was the pack that stopped it


# Changes of config


def test_a_change_of_config_touches_only_what_it_should(dev: Real) -> None:
    mysql = {"kind": "secret", "name": "prod/crm/mysql"}

    def updated(what: str, **config: Any) -> dict[str, list[str]]:
        values = {f"deadfall:{key}": value for key, value in config.items()}
        result = timed(f"{what}: up", dev.changed(values).up)
        assert unexpected(result) == []
        return touched(result)

    def of_secret(name: str, id: str) -> list[str]:
        detections = (f"access-{id}", f"decrypt-{id}")
        return sorted(
            [
                *(f"{type} {name}-eu-west-1" for type in ("SecretHoneytoken", "Secret", "SecretVersion")),
                *(f"{type} {d}" for type in ("Detection", "LogMetricFilter", "MetricAlarm") for d in detections),
                *(f"{type} {d}-eu-west-1" for type in ("EventRule", "EventTarget") for d in detections),
            ]
        )

    def of_region(region: str) -> list[str]:
        detections = ("activity-34d472", "root-use", "trail-change")
        return sorted(
            [
                *(f"{type} alerts-{region}" for type in ("AlertTopic", "Topic", "TopicPolicy")),
                f"TopicSubscription alerts-{region}-soc@example.com",
                *(f"{type} key-{region}" for type in ("EncryptionKey", "Key", "Alias")),
                *(
                    f"{t} rule-dead-letters-{region}"
                    for t in ("DeadLetterQueue", "Queue", "QueuePolicy", "MetricAlarm")
                ),
                *(f"{type} {d}-{region}" for type in ("EventRule", "EventTarget") for d in detections),
            ]
        )

    responder = ["Function responder"]  # the decoys that it knows are in its code
    before, regions = dev.inventory(), [*DEV["deadfall:regions"], "eu-north-1"]

    added = updated("a region added", regions=regions)
    assert added == {"created": of_region("eu-north-1")}
    removed = updated("a region removed")
    assert removed == {"deleted": of_region("eu-north-1")}
    assert dev.inventory() == before

    decoys = [*DEV["deadfall:decoys"], mysql]
    added = updated("a decoy added", decoys=decoys)
    assert added == {"created": of_secret("prod/crm/mysql", "2ffa3f"), "updated": responder}
    renamed = updated("a decoy renamed", decoys=[*decoys[:-1], {**mysql, "name": "prod/crm/mariadb"}])
    assert renamed == {
        "created": of_secret("prod/crm/mariadb", "f135bb"),
        "updated": responder,
        "deleted": of_secret("prod/crm/mysql", "2ffa3f"),
    }
    assert len(dev.inventory()) == len(before) + 10  # a secret, its value; two filters, alarms, rules, targets


# A crash half-way


class CrashError(Exception):
    """Raised where the machine is to go down."""


# AWS creates these twice, or refuses to create them again. Creating anything else again is a Put.
def delete_if_created(lab: Real, resource: dict[str, Any], known: set[str]) -> None:
    """Delete a resource whose creation was interrupted, if it exists in AWS, as an operator would in the console.

    Args:
        known: the ids in the state: the stack's other keys are not to be deleted.
    """
    inputs, region = resource["inputs"], resource["inputs"].get("region")
    there, iam = lab.inventory(), lab.client("iam")

    def exists(kind: str, name: str) -> bool:
        return f"{region} {kind} {name}" in there or f"{kind} {name}" in there

    match resource["type"].rpartition(":")[2]:
        case "Role" if exists("role", inputs["name"]):
            iam.delete_role(RoleName=inputs["name"])
        case "User" if exists("user", inputs["name"]):
            iam.delete_user(UserName=inputs["name"])
        case "LogGroup" if exists("log group", inputs["name"]):
            lab.client("logs", region).delete_log_group(logGroupName=inputs["name"])
        case "Table" if exists("table", inputs["name"]):
            lab.client("dynamodb", region).delete_table(TableName=inputs["name"])
        case "Function" if exists("function", inputs["name"]):
            lab.client("lambda", region).delete_function(FunctionName=inputs["name"])
        case "Alias" if exists("alias", inputs["name"]):
            lab.client("kms", region).delete_alias(AliasName=inputs["name"])
        case "Bucket" if exists("bucket", inputs["bucket"]):
            lab.client("s3", region).delete_bucket(Bucket=inputs["bucket"])
        case "Trail" if exists("trail", inputs["name"]):
            lab.client("cloudtrail", region).delete_trail(Name=inputs["name"])
        case "Secret" if exists("secret", inputs["name"]):
            lab.client("secretsmanager", region).delete_secret(SecretId=inputs["name"], ForceDeleteWithoutRecovery=True)
        case "Key":
            kms = lab.client("kms", region)
            for id in {key["KeyId"] for key in kms.list_keys()["Keys"]} - known:
                if kms.describe_key(KeyId=id)["KeyMetadata"]["Description"] == inputs["description"]:
                    kms.schedule_key_deletion(KeyId=id)
        case "Permission" if exists("function", inputs["function"]):
            functions = lab.client("lambda", region)
            with suppress(functions.exceptions.ResourceNotFoundException):
                functions.remove_permission(FunctionName=inputs["function"], StatementId=inputs["statementId"])
        case "AccessKey":
            for key in iam.list_access_keys(UserName=inputs["user"])["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=inputs["user"], AccessKeyId=key["AccessKeyId"])


@pytest.mark.parametrize("done", [12, 60])
def test_an_up_that_was_killed_half_way_is_resumed(done: int, dev: Real) -> None:
    with real() as lab:
        steps = 0

        def crash(event: Event) -> None:
            nonlocal steps
            steps += event.stage == "done" and event.action == "create"
            if steps == done:
                raise CrashError

        with pytest.raises(CrashError):
            lab.changed(on_event=crash).up()
        deployment = lab.changed()
        assert refused(deployment.up) == (
            "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
            "lock file with `pulumi cancel`."
        )
        deployment.cancel()
        lab.wait_until_quiet()
        state = deployment.export()
        known = {resource.get("id", "") for resource in state["resources"]}
        interrupted = [o["resource"] for o in state.get("pending_operations", []) if o["type"] == "creating"]
        print(f"\nkilled after {done}, pending: {[name_of(resource['urn']) for resource in interrupted]}", end="")
        deployment.refresh(clear_pending_creates=True)
        for resource in interrupted:
            delete_if_created(lab, resource, known)
        resumed = timed("killed half-way: up", deployment.up)

        assert touched(resumed).keys() <= {"created", "updated"}
        assert unexpected(resumed) == []
        assert not deployment.export().get("pending_operations")
        assert lab.inventory() == dev.as_shipped
        assert deployment.preview(expect_no_changes=True).resources
