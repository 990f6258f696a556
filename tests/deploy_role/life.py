"""The whole life of a stack in the lab, under a deploy role that has only the given statements.

Each step is one thing that a pipeline does: deploy, deploy again without a change, refresh, mend what was changed
behind Pulumi's back, update config, destroy.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import yaml

from deadfall.decoys.access_key import AccessKeyDecoy
from deadfall.deploy_role.generate import policies
from deadfall.deploy_role.statements import Statement
from deadfall.lab.engine import DeploymentError, Result
from deadfall.stack_files import PROJECT, SEED
from deadfall.stack_lab import StackLab
from tests.conftest import LEAN

STACKS = ("dev", "prod", "minimal")
# What config a stack must have from the start to be destroyed at all: production's evidence can't be (README, Deploy).
DESTROYABLE = {"environment": "dev", "keepEvidence": False}
HUNTING = {"deadfall:hunting": "true"}
KEPT = ("up", "up again", "refresh", "mend", "update")
WHOLE = (*KEPT, "destroy")


def given(stack: str, overrides: Mapping[str, Any] | None = None) -> list[Statement]:
    """Return all statements of a stack's deploy role."""
    return _given(stack, json.dumps({**LEAN, **(overrides or {})}))


@cache
def _given(stack: str, overrides: str) -> list[Statement]:
    return [statement for document in policies(stack, json.loads(overrides)) for statement in document["Statement"]]


def updated(stack: str) -> dict[str, Any]:
    """Return a config update that touches much: tags set, changed and removed, another protected principal, one decoy
    changed and one added. It removes nothing, since the new config's role could not delete what only the old config
    contains (docs/ci.md)."""
    config = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())["config"]
    first, *others = config["deadfall:decoys"]
    changed = {**first, "description": "Read replica", "database": {"username": "billing_ro"}}
    return {
        "tags": {"Team": "security", "CostCenter": "42"},
        "breakGlassArns": [f"arn:aws:iam::{config['deadfall:accountId']}:role/other-break-glass"],
        "decoys": [changed, *others, {"kind": "secret", "name": "prod/orders/mysql", "database": {"engine": "mysql"}}],
    }


class Life:
    """A lab whose deploy role has these statements, and a stack in it."""

    def __init__(self, lab: StackLab, stack: str, overrides: Mapping[str, Any]) -> None:
        self.lab = lab
        self._stack = stack
        self._overrides = overrides

    @classmethod
    @contextmanager
    def of(
        cls, stack: str, statements: Sequence[Statement], overrides: Mapping[str, Any] | None = None
    ) -> Iterator["Life"]:
        told = {**LEAN, **(overrides or {})}
        with StackLab.started(stack, told, deploy_permissions=statements) as lab:
            yield cls(lab, stack, told)

    def allow(self, statements: Iterable[Statement]) -> None:
        """Replace the deploy role's statements. The lab applies them at once."""
        iam = self.lab.emulator.client("iam", self.lab.config.home)
        role = self.lab.config.deploy_role_arn.rpartition("/")[2]
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName=role, PolicyName="work", PolicyDocument=json.dumps(document))

    def step(self, name: str) -> Result:
        """Run one of the steps.

        Raises:
            DeploymentError: something was denied, or went wrong.
        """
        match name:
            case "refresh":
                return self.lab.deployment.refresh()
            case "mend":  # somebody changes what was deployed; a refresh sees it, and the next `up` brings it back
                drift(self.lab)
                self.lab.deployment.refresh()
            case "update":
                # As if the stack's file had been edited.
                self.lab.deployment._config = {**SEED, **self._overrides, **updated(self._stack)}
            case "destroy":
                fill_buckets(self.lab)
                return self.lab.deployment.destroy()
        return self.lab.deployment.up()

    def live(self, steps: Sequence[str], before: Iterable[Statement], after: Iterable[Statement]) -> str:
        """Run the steps, with the statements for the config before and after its update.

        Returns:
            The step that failed and why, or nothing.
        """
        for name in steps:
            self.allow(after if name in ("update", "destroy") else before)
            try:
                self.step(name)
            except DeploymentError as error:
                return f"{name}: {error}"
        return ""

    def calls(self) -> set[str]:
        """Return the operations that the deploy role called, as `service:Operation`."""
        role = self.lab.config.deploy_role_arn.rpartition("/")[2]
        made = [entry for entry in self.lab.emulator.journal() if entry["kind"] == "call"]
        return {call["action"] for call in made if f":assumed-role/{role}/" in str(call["principal"])}


def drift(lab: StackLab) -> None:
    """Change what was deployed behind Pulumi's back, as root of the account: something of every type that an update in
    place can correct."""
    names, home = lab.names, lab.config.home

    def client(service: str) -> Any:
        return lab.emulator.client(service, home)

    key = client("kms").describe_key(KeyId=names.key_alias)["KeyMetadata"]["KeyId"]
    client("kms").update_key_description(KeyId=key, Description="changed")
    client("kms").disable_key_rotation(KeyId=key)
    policy = json.loads(client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    client("kms").put_key_policy(
        KeyId=key, PolicyName="default", Policy=json.dumps({**policy, "Statement": policy["Statement"][:1]})
    )
    other = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").update_alias(AliasName=names.key_alias, TargetKeyId=other)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    client("iam").update_assume_role_policy(RoleName=names.forwarder_role, PolicyDocument=trust)
    client("iam").update_role(RoleName=names.forwarder_role, Description="changed", MaxSessionDuration=7200)
    client("sqs").set_queue_attributes(
        QueueUrl=client("sqs").get_queue_url(QueueName=names.rule_dead_letters)["QueueUrl"],
        Attributes={"MessageRetentionPeriod": "60"},
    )
    client("dynamodb").update_table(TableName=names.ledger, DeletionProtectionEnabled=not lab.config.keep_evidence)
    client("dynamodb").update_continuous_backups(
        TableName=names.ledger, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    client("lambda").update_function_configuration(FunctionName=names.responder, Timeout=3)
    client("lambda").put_function_concurrency(FunctionName=names.responder, ReservedConcurrentExecutions=1)
    client("logs").put_retention_policy(logGroupName=names.responder_log_group, retentionInDays=1)
    topic = names.arn("sns", names.alert_topic)
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="changed")
    if not lab.config.trail.existing:
        trails = client("cloudtrail")
        trails.stop_logging(Name=names.trail)
        trails.update_trail(Name=names.trail, EnableLogFileValidation=False)
        selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
        trails.put_event_selectors(TrailName=names.trail, EventSelectors=[selector])
    if lab.config.hunting:
        loosened = {"EnforceWorkGroupConfiguration": False}
        client("athena").update_work_group(WorkGroup=names.workgroup, ConfigurationUpdates=loosened)
        database = names.archive_database
        client("glue").update_table(DatabaseName=database, TableInput={"Name": names.archive_table, "Parameters": {}})
    for decoy in lab.config.decoys_of(AccessKeyDecoy):
        for told in client("iam").list_access_keys(UserName=decoy.user_name)["AccessKeyMetadata"]:
            client("iam").update_access_key(
                UserName=decoy.user_name, AccessKeyId=told["AccessKeyId"], Status="Inactive"
            )


def fill_buckets(lab: StackLab) -> None:
    """Write what the responder would have written: an object under Object Lock, and another version of it."""
    s3 = lab.emulator.client("s3", lab.config.home)
    for body in (b"one", b"two"):
        s3.put_object(Bucket=lab.names.evidence_bucket, Key="incident.json", Body=body)
