"""The existing trail that a stack uses (`trail.existing`): the lab creates it before the stack."""

import json
from typing import Any

from .emulator import Emulator

NAME = "organization-trail"


def create(emulator: Emulator, account_id: str, region: str, log_group: str) -> None:
    """Create a logging multi-region trail in this region that delivers to this log group.

    It is an ordinary trail of the account: the lab has no Organizations, and so no records of other accounts.
    """
    arn, bucket = f"arn:aws:cloudtrail:{region}:{account_id}:trail/{NAME}", f"{NAME}-{account_id}"
    log_group_arn = f"arn:aws:logs:{region}:{account_id}:log-group:{log_group}"
    s3, iam, logs, trails = (emulator.client(service, region) for service in ("s3", "iam", "logs", "cloudtrail"))

    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **where)
    s3.put_bucket_policy(Bucket=bucket, Policy=_document(*_delivery(bucket, account_id, arn)))
    logs.create_log_group(logGroupName=log_group)
    role = iam.create_role(
        RoleName=NAME,
        AssumeRolePolicyDocument=_document(
            {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
    )["Role"]["Arn"]
    streams = f"{log_group_arn}:log-stream:*"
    writes = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": streams}
    iam.put_role_policy(RoleName=NAME, PolicyName="write-log-group", PolicyDocument=_document(writes))
    trails.create_trail(
        Name=NAME,
        S3BucketName=bucket,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        CloudWatchLogsLogGroupArn=f"{log_group_arn}:*",
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
