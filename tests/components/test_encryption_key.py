"""The keys: one per region, who may use them, and that what is encrypted is encrypted with them."""

from typing import Any

import pytest

from deadfall.lab.engine import Result
from tests.components.recorded import children, inputs, names

ACCOUNT = {
    "Sid": "Account",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ALARMS_PUBLISH = {
    "Sid": "AlarmsPublish",
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
}
TRAIL_ENCRYPTS = {
    "Sid": "TrailEncrypts",
    "Effect": "Allow",
    "Principal": {"Service": "cloudtrail.amazonaws.com"},
    "Action": ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"],
    "Resource": "*",
    "Condition": {
        "StringEquals": {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/account-audit-trail"}
    },
}


def key(region: str, *statements: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": "Account audit records and notices",
        "enableKeyRotation": True,
        "deletionWindowInDays": 7,
        "policy": {"Version": "2012-10-17", "Statement": list(statements)},
        "region": region,
    }


def test_every_region_with_detection_has_one(dev: Result, other: Result):
    assert names(dev, "EncryptionKey") == {"key-eu-west-1", "key-us-east-1"}
    assert names(other, "EncryptionKey") == {"key-eu-west-1", "key-eu-central-1", "key-us-east-1"}


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_all_of_it(dev: Result, region: str):
    name = f"key-{region}"
    assert children(dev, "EncryptionKey", name) == {f"kms.Key {name}", f"kms.Alias {name}"}
    assert inputs(dev, "kms.Alias", name) == {
        "name": "alias/account-audit",
        "targetKeyId": f"<kms.Key {name}>",
        "region": region,
    }


def test_at_home_the_trail_may_use_it(dev: Result):
    assert inputs(dev, "kms.Key", "key-eu-west-1") == key("eu-west-1", ACCOUNT, ALARMS_PUBLISH, TRAIL_ENCRYPTS)


def test_elsewhere_and_without_a_trail_of_ours_it_may_not(dev: Result, adopting: Result):
    assert inputs(dev, "kms.Key", "key-us-east-1") == key("us-east-1", ACCOUNT, ALARMS_PUBLISH)
    assert inputs(adopting, "kms.Key", "key-eu-west-1") == key("eu-west-1", ACCOUNT, ALARMS_PUBLISH)


def test_what_is_encrypted_names_the_key_of_its_region(applied):
    _, result = applied
    keys = {r.inputs["region"]: r.outputs["arn"] for r in result.resources if r.type == "aws:kms/key:Key"}
    used = set()
    for resource in result.resources:
        asked = dict(resource.inputs)
        if resource.type.endswith(":BucketServerSideEncryptionConfiguration"):
            asked = {**asked, **asked["rules"][0]["applyServerSideEncryptionByDefault"]}
        for field in ("kmsMasterKeyId", "kmsKeyId"):
            if field in asked:
                assert asked[field] == keys[asked["region"]], resource.urn
                used.add(resource.name)
    assert used == {
        *("alerts-eu-west-1", "alerts-us-east-1", "alarms", "trail-files"),
        *("trail", "trail-archive", "responder-evidence"),
    }
