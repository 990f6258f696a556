import json
from collections.abc import Iterator
from typing import Any

import pytest

from deadfall.lab.emulator import Emulator

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider, allow, trust

TRAIL = "aws:cloudtrail/trail:Trail"
BUCKET = "lab-provider-trail"
ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT_ID}:trail/it"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/lab/cloudtrail:*"
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/trail-logs"


@pytest.fixture
def surroundings(provider: Provider) -> Iterator[None]:
    """What a trail writes to."""
    bucket = provider.create("aws:s3/bucket:Bucket", {"bucket": BUCKET, "forceDestroy": True})
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": action,
            "Resource": f"arn:aws:s3:::{BUCKET}{objects}",
        }
        for action, objects in (("s3:GetBucketAcl", ""), ("s3:PutObject", "/*"))
    ]
    provider.create(
        "aws:s3/bucketPolicy:BucketPolicy",
        {"bucket": BUCKET, "policy": json.dumps({"Version": "2012-10-17", "Statement": statements})},
    )
    made = [
        bucket,
        provider.create("aws:cloudwatch/logGroup:LogGroup", {"name": "/lab/cloudtrail"}),
        provider.create(
            "aws:iam/role:Role",
            {"name": "trail-logs", "assumeRolePolicy": trust("cloudtrail.amazonaws.com"), "forceDetachPolicies": True},
        ),
    ]
    provider.create(
        "aws:iam/rolePolicy:RolePolicy",
        {
            "role": "trail-logs",
            "name": "write",
            "policy": allow("logs:CreateLogStream", "logs:PutLogEvents"),
        },
    )
    yield
    for resource in reversed(made):
        provider.delete(resource)


def selectors(*excluded: str) -> list[dict[str, Any]]:
    return [
        {
            "readWriteType": "All",
            "includeManagementEvents": True,
            "excludeManagementEventSources": list(excluded),
        }
    ]


@pytest.mark.usefixtures("surroundings")
def test_a_trail_lives(provider: Provider, emulator: Emulator) -> None:
    cloudtrail = emulator.client("cloudtrail", REGION)
    trail = provider.create(
        TRAIL,
        {
            "name": "it",
            "s3BucketName": BUCKET,
            "cloudWatchLogsGroupArn": LOGS,
            "cloudWatchLogsRoleArn": ROLE,
            "isMultiRegionTrail": True,
            "includeGlobalServiceEvents": True,
            "enableLogFileValidation": True,
            "eventSelectors": selectors("rdsdata.amazonaws.com"),
        },
    )

    def told() -> dict[str, Any]:
        trail = cloudtrail.get_trail(Name="it")["Trail"]
        keys = ("IsMultiRegionTrail", "LogFileValidationEnabled", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")
        return {key: trail.get(key) or None for key in keys} | {
            "logging": cloudtrail.get_trail_status(Name="it")["IsLogging"],
            "tags": {
                t["Key"]: t["Value"]
                for t in cloudtrail.list_tags(ResourceIdList=[ARN])["ResourceTagList"][0]["TagsList"]
            },
        }

    def excluded() -> list[str]:
        (selector,) = cloudtrail.get_event_selectors(TrailName="it")["EventSelectors"]
        return selector["ExcludeManagementEventSources"]

    assert told() == {
        "IsMultiRegionTrail": True,
        "LogFileValidationEnabled": True,
        "CloudWatchLogsLogGroupArn": LOGS,
        "CloudWatchLogsRoleArn": ROLE,
        "logging": True,
        "tags": TAGS,
    }
    assert (trail.id, trail.outputs["arn"], trail.outputs["homeRegion"]) == (ARN, ARN, REGION)
    assert provider.is_settled(trail)

    assert excluded() == ["rdsdata.amazonaws.com"]

    both = ("kms.amazonaws.com", "rdsdata.amazonaws.com")
    trail = provider.is_changed(
        trail, {"eventSelectors": selectors(*both), "enableLogging": False, "tags": {"Team": "other"}}
    )
    assert excluded() == list(both)
    assert (told()["logging"], told()["tags"]) == (False, {"Team": "other"})

    management = {"name": "management", "fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
    trail = provider.is_changed(
        trail, {"eventSelectors": None, "advancedEventSelectors": [management], "enableLogging": None}
    )
    assert cloudtrail.get_event_selectors(TrailName="it")["AdvancedEventSelectors"] == [
        {"Name": "management", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    ]
    assert told()["logging"] is True
    trail = provider.is_changed(trail, {"cloudWatchLogsGroupArn": None, "cloudWatchLogsRoleArn": None})
    assert (told()["CloudWatchLogsLogGroupArn"], told()["CloudWatchLogsRoleArn"]) == (None, None)
    assert provider.is_replaced_by(trail, {"name": "other", "region": "us-east-1"})
    assert provider.is_gone(trail)
    assert cloudtrail.list_trails()["Trails"] == []
