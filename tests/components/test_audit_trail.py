"""The trail: what it records, where to, and who may write there."""

import pytest

from deadfall.config import ConfigError
from deadfall.lab.engine import Result
from tests.components.recorded import children, dependencies, inputs, names

TRAIL_ARN = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/account-audit-trail"
ARCHIVE_ARN = "arn:aws:s3:::account-audit-trail-111122223333-eu-west-1"
FILE_TOPIC_ARN = "arn:aws:sns:eu-west-1:111122223333:account-audit-trail-files"
WITHOUT_FILE_TOPIC = {
    "SecureBucket trail-archive",
    "cloudwatch.LogGroup trail",
    "iam.Role trail-logs",
    "iam.RolePolicy trail-logs",
    "cloudtrail.Trail trail",
}


def test_all_of_it(dev: Result):
    assert children(dev, "AuditTrail", "trail") == WITHOUT_FILE_TOPIC | {
        "sns.Topic trail-files",
        "sns.TopicPolicy trail-files",
    }


def test_it_records_every_management_event_of_every_region(dev: Result):
    assert inputs(dev, "cloudtrail.Trail", "trail") == {
        "name": "account-audit-trail",
        "s3BucketName": "account-audit-trail-111122223333-eu-west-1",
        "kmsKeyId": "<kms.Key key-eu-west-1>",
        "isMultiRegionTrail": True,
        "includeGlobalServiceEvents": True,
        "enableLogFileValidation": True,
        "enableLogging": True,
        "eventSelectors": [
            {"readWriteType": "All", "includeManagementEvents": True, "excludeManagementEventSources": []}
        ],
        "cloudWatchLogsGroupArn": "<cloudwatch.LogGroup trail>",
        "cloudWatchLogsRoleArn": "<iam.Role trail-logs>",
        "snsTopicName": "account-audit-trail-files",
        "region": "eu-west-1",
    }


def test_it_starts_when_it_may_write(dev: Result):
    assert dependencies(dev, "cloudtrail.Trail", "trail") == {
        "kms.Key key-eu-west-1",
        "s3.BucketPolicy trail-archive",
        "cloudwatch.LogGroup trail",
        "iam.Role trail-logs",
        "iam.RolePolicy trail-logs",
        "sns.TopicPolicy trail-files",
    }


def test_the_log_group_is_named_to_cloudtrail_with_its_streams(applied):
    _, result = applied
    (trail,) = (r for r in result.resources if r.type == "aws:cloudtrail/trail:Trail")
    assert trail.inputs["cloudWatchLogsGroupArn"] == (
        "arn:aws:logs:eu-west-1:111122223333:log-group:/account-audit/trail:*"
    )


def test_what_is_left_out_is_what_config_says(dev: Result, other: Result, without_secrets: Result):
    def left_out(result: Result) -> list[str]:
        (selector,) = inputs(result, "cloudtrail.Trail", "trail")["eventSelectors"]
        return selector["excludeManagementEventSources"]

    assert left_out(dev) == []
    assert left_out(other) == ["rdsdata.amazonaws.com"]
    assert left_out(without_secrets) == ["kms.amazonaws.com", "rdsdata.amazonaws.com"]


def test_kms_is_never_left_out_while_a_secret_is_planted(plan):
    with pytest.raises(ConfigError, match="KMS Decrypt records are the second way to detect a read"):
        plan(trail='{"excludeKms": true}')


def test_the_log_group_keeps_what_config_says(dev: Result, other: Result):
    assert inputs(dev, "cloudwatch.LogGroup", "trail") == {
        "name": "/account-audit/trail",
        "retentionInDays": 14,
        "region": "eu-west-1",
    }
    assert inputs(other, "cloudwatch.LogGroup", "trail") == {
        "name": "/records/trail",
        "retentionInDays": 365,
        "region": "eu-west-1",
    }


def test_its_role_writes_its_own_log_streams_and_nothing_else(dev: Result):
    assert inputs(dev, "iam.Role", "trail-logs") == {
        "name": "account-audit-trail-logs",
        "assumeRolePolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
    }
    assert inputs(dev, "iam.RolePolicy", "trail-logs") == {
        "name": "write-log-group",
        "role": "<iam.Role trail-logs>",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": "arn:aws:logs:eu-west-1:111122223333:log-group:/account-audit/trail"
                    ":log-stream:111122223333_CloudTrail_*",
                }
            ],
        },
    }


def test_only_this_trail_writes_to_the_archive(dev: Result):
    assert inputs(dev, "s3.BucketPolicy", "trail-archive") == {
        "bucket": "<s3.Bucket trail-archive>",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [ARCHIVE_ARN, f"{ARCHIVE_ARN}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Sid": "TrailReadsAcl",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:GetBucketAcl",
                    "Resource": ARCHIVE_ARN,
                    "Condition": {"StringEquals": {"aws:SourceArn": TRAIL_ARN}},
                },
                {
                    "Sid": "TrailWrites",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": f"{ARCHIVE_ARN}/AWSLogs/111122223333/*",
                    "Condition": {
                        "StringEquals": {
                            "aws:SourceArn": TRAIL_ARN,
                            "s3:x-amz-acl": "bucket-owner-full-control",
                        }
                    },
                },
            ],
        },
        "region": "eu-west-1",
    }


def test_the_file_topic_is_told_by_this_trail_only(dev: Result):
    assert inputs(dev, "sns.Topic", "trail-files") == {
        "name": "account-audit-trail-files",
        "kmsMasterKeyId": "<kms.Key key-eu-west-1>",
        "region": "eu-west-1",
    }
    assert inputs(dev, "sns.TopicPolicy", "trail-files") == {
        "arn": "<sns.Topic trail-files>",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TrailPublishes",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": FILE_TOPIC_ARN,
                    "Condition": {"StringEquals": {"aws:SourceArn": TRAIL_ARN}},
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sns:Publish",
                    "Resource": FILE_TOPIC_ARN,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        },
        "region": "eu-west-1",
    }


def test_there_is_no_file_topic_unless_asked_for(other: Result):
    assert children(other, "AuditTrail", "trail") == WITHOUT_FILE_TOPIC
    assert "snsTopicName" not in inputs(other, "cloudtrail.Trail", "trail")
    assert not {name for name in names(other, "sns.Topic") if "files" in name}


def test_an_existing_trail_is_adopted_and_nothing_made_beside_it(adopting: Result):
    assert children(adopting, "AuditTrail", "trail") == set()
    assert names(adopting, "cloudtrail.Trail") == set()
    assert names(adopting, "cloudwatch.LogGroup") == {"responder"}
    assert names(adopting, "s3.Bucket") == {"responder-evidence"}
    assert names(adopting, "iam.Role") == {"responder", "forwarder"}


@pytest.mark.parametrize("stack", ["adopting", "adopting_of_organization"])
def test_the_adopted_log_group_is_what_path_l_and_the_responder_read(request: pytest.FixtureRequest, stack: str):
    adopting = request.getfixturevalue(stack)
    filters = names(adopting, "cloudwatch.LogMetricFilter")
    assert len(filters) == 14  # eleven, and three that Security Hub looks for
    for name in filters:
        assert inputs(adopting, "cloudwatch.LogMetricFilter", name)["logGroupName"] == "/org/cloudtrail", name
    function = inputs(adopting, "lambda.Function", "responder")
    assert function["environment"]["variables"]["TRAIL_LOG_GROUP"] == "/org/cloudtrail"
    statements = inputs(adopting, "iam.RolePolicy", "responder")["policy"]["Statement"]
    granted = {one["Sid"]: one["Resource"] for one in statements if "logs:FilterLogEvents" in one["Action"]}
    log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/org/cloudtrail"
    assert granted == {"FindAlarmedRecords": [log_group_arn, f"{log_group_arn}:*"]}
    assert adopting.stack_outputs["trailLogGroup"] == "/org/cloudtrail"
