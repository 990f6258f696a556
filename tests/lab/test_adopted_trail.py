"""The prod stack over a trail that was there before: the trap works on both paths, and what holds evidence stays."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.decoys.access_key import AccessKeyDecoy
from deadfall.decoys.secret import SecretDecoy
from deadfall.lab import adopted_trail
from deadfall.lab.engine import DeploymentError
from deadfall.stack_lab import StackLab
from tests.conftest import LEAN

HOME = "eu-central-1"
LOG_GROUP = "aws-controltower/CloudTrailLogs"
READS_SECRETS = {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}
# Each with a user of its own, so that one incident is one test's.
DECOYS = [
    ("prod/billing/postgres", HOME),
    ("prod/crm/mysql", "eu-west-1"),
    ("prod/payments/provider", "us-east-1"),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[StackLab]:
    with StackLab.started("prod", LEAN) as lab:
        lab.up()
        yield lab


def incident_of(lab: StackLab, name: str, *paths: str) -> dict[str, Any]:
    """The one incident of a principal, once it is contained and told, and these paths have seen it."""

    def found() -> list[dict[str, Any]]:
        return [i for i in lab.incidents() if i["principal"]["name"] == name]

    lab.wait_for(
        f"an incident of {name}, contained, told, seen by {' and '.join(paths)}",
        lambda: [
            i
            for i in found()
            if i["status"] == "CONTAINED" and i["alert"]["outcome"] == "sent" and set(paths) <= i["paths"].keys()
        ],
    )
    (incident,) = found()
    return incident


@pytest.mark.parametrize(("secret", "region"), DECOYS, ids=[secret for secret, _ in DECOYS])
def test_whoever_reads_a_decoy_falls_and_both_paths_tell_of_one_incident(lab: StackLab, secret: str, region: str):
    name = f"thief-in-{region}"
    key = lab.user(name, READS_SECRETS)
    secrets = lab.emulator.client("secretsmanager", region, key)
    secrets.get_secret_value(SecretId=secret)

    incident = incident_of(lab, name, "E", "L")

    assert incident["touched"]["name"] == secret
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        secrets.list_secrets()


def test_control_a_secret_that_is_no_decoy_is_left_alone(lab: StackLab):
    lab.emulator.client("secretsmanager", HOME).create_secret(Name="prod/shop/redis", SecretString="x")
    key = lab.user("shop-server", READS_SECRETS)
    secrets = lab.emulator.client("secretsmanager", HOME, key)
    secrets.get_secret_value(SecretId="prod/shop/redis")
    lab.emulator.settle()
    assert [i for i in lab.incidents() if i["principal"]["name"] == "shop-server"] == []
    assert secrets.list_secrets()["SecretList"]


def test_path_l_reads_the_adopted_log_group_and_there_is_no_second_trail(lab: StackLab):
    (trail,) = lab.emulator.client("cloudtrail", HOME).describe_trails()["trailList"]
    assert trail["Name"] == adopted_trail.NAME
    logs = lab.emulator.client("logs", HOME)
    assert {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]} == {
        LOG_GROUP,
        lab.names.responder_log_group,
    }
    filters = logs.describe_metric_filters(logGroupName=LOG_GROUP)["metricFilters"]
    # What a benchmark's checkers compare to the letter can't ask for an account.
    ours = [one for one in filters if not one["filterName"].endswith("-cis")]
    secrets, keys = lab.config.decoys_of(SecretDecoy), lab.config.decoys_of(AccessKeyDecoy)
    assert len(ours) == len(filters) - 2 == 5 + 2 * len(secrets) + len(keys)
    for one in ours:
        assert one["filterPattern"].startswith('{ ($.recipientAccountId = "444455556666") && ('), one["filterName"]


def test_evidence_of_production_nobody_deletes(lab: StackLab):
    key = lab.user("thief-of-evidence", READS_SECRETS)
    lab.emulator.client("secretsmanager", HOME, key).get_secret_value(SecretId="prod/billing/postgres")
    incident = incident_of(lab, "thief-of-evidence", "E")

    admin = lab.user("admin", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    s3, bucket = lab.emulator.client("s3", HOME, admin), lab.names.evidence_bucket
    versions = s3.list_object_versions(Bucket=bucket, Prefix=f"incidents/{incident['id']}/")["Versions"]
    assert {one["Key"].rpartition("/")[2] for one in versions} == {"incident.json", "prior-state.json"}
    for one in versions:
        version = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
        kept = s3.get_object_retention(**version)["Retention"]
        assert kept["Mode"] == "COMPLIANCE"
        assert (kept["RetainUntilDate"] - one["LastModified"]).days in (364, 365)
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(**version, BypassGovernanceRetention=True)


def test_what_holds_evidence_cannot_be_destroyed(lab: StackLab):
    with pytest.raises(DeploymentError, match=r"^nothing was destroyed: remove `protect` from ") as raised:
        lab.deployment.destroy()
    for name in ("responder-evidence", "responder-ledger", "responder"):
        assert name in str(raised.value)


def test_a_stack_with_a_trail_of_its_own_finds_none():
    with StackLab.started("dev") as lab:
        assert lab.emulator.client("cloudtrail", lab.config.home).describe_trails()["trailList"] == []


def test_without_the_trail_that_it_adopts_the_stack_does_not_come_up():
    """As on AWS: nothing is made in its place, and path L is not silently dead."""
    with StackLab.started("prod", LEAN) as lab:
        lab.emulator.client("logs", HOME).delete_log_group(logGroupName=LOG_GROUP)
        with pytest.raises(DeploymentError) as raised:
            lab.up()
    first = str(raised.value).split("; ")[0]
    assert "PutMetricFilter: ResourceNotFoundException: The specified log group does not exist" in first
