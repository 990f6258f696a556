"""The trail that a stack adopts: in the lab somebody made it before, as in a real account."""

import json
from typing import Any

from deadfall.config import StackConfig
from deadfall.names import Names

from .emulator import Emulator

NAME = "organization-trail"


def make(emulator: Emulator, config: StackConfig) -> None:
    """Make a logging multi-region trail with the log group that the stack's `trail.existing` names, in the home region.

    It is an ordinary trail of the account: the lab has no Organizations, hence no records of other accounts.
    """
    if not config.trail.existing:
        return
    names, home, log_group = Names.of(config), config.home, config.trail.existing.log_group_name
    arn, bucket = names.arn("cloudtrail", f"trail/{NAME}"), f"{NAME}-{config.account_id}"
    s3, iam, logs, trails = (emulator.client(service, home) for service in ("s3", "iam", "logs", "cloudtrail"))

    where = {} if home == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": home}}
    s3.create_bucket(Bucket=bucket, **where)
    s3.put_bucket_policy(Bucket=bucket, Policy=_document(*_delivery(bucket, config.account_id, arn)))
    logs.create_log_group(logGroupName=log_group)
    role = iam.create_role(
        RoleName=NAME,
        AssumeRolePolicyDocument=_document(
            {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
    )["Role"]["Arn"]
    streams = f"{names.arn('logs', f'log-group:{log_group}')}:log-stream:*"
    writes = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": streams}
    iam.put_role_policy(RoleName=NAME, PolicyName="write-log-group", PolicyDocument=_document(writes))
    trails.create_trail(
        Name=NAME,
        S3BucketName=bucket,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        CloudWatchLogsLogGroupArn=names.arn("logs", f"log-group:{log_group}:*"),
        CloudWatchLogsRoleArn=role,
    )
    trails.start_logging(Name=NAME)


def _delivery(bucket: str, account_id: str, trail_arn: str) -> list[dict[str, Any]]:
    trail = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceArn": trail_arn}},
    }
    files = f"arn:aws:s3:::{bucket}/AWSLogs/{account_id}/*"
    full_control = {"StringEquals": {"aws:SourceArn": trail_arn, "s3:x-amz-acl": "bucket-owner-full-control"}}
    return [
        {**trail, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"},
        {**trail, "Action": "s3:PutObject", "Resource": files, "Condition": full_control},
    ]


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
