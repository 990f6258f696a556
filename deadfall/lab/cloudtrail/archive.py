"""A trail's bucket: gzipped log files under CloudTrail's key layout.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

import gzip
import json
import logging
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import s3, sns

from .. import service_access
from ..journal import Journal

SERVICE = "cloudtrail.amazonaws.com"
_logger = logging.getLogger(__name__)


class Archive:
    """Collects records per trail and region; `flush` writes one log file for each."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: dict[tuple[str, str], tuple[Mapping[str, Any], list[dict[str, Any]]]] = {}

    def add(self, trail: Mapping[str, Any], record: dict[str, Any]) -> None:
        """Queue a record for the next log file of its trail and region."""
        key = (trail["TrailARN"], record["awsRegion"])
        self._waiting.setdefault(key, (trail, []))[1].append(record)

    def flush(self) -> None:
        """Write the queued records to log files."""
        waiting, self._waiting = self._waiting, {}
        for (trail_arn, region), (trail, records) in waiting.items():
            account_id, bucket = trail_arn.split(":")[4], trail["S3BucketName"]
            key = log_file_key(trail.get("S3KeyPrefix"), account_id, region, datetime.now(UTC))
            resource = f"arn:aws:s3:::{bucket}/{key}"
            if not service_access.bucket_accepts(bucket, "s3:PutObject", resource, SERVICE, trail_arn, account_id):
                reason = f"{bucket} does not allow {SERVICE} to put {key} for {trail_arn}"
                _logger.warning("trail %s: %s", trail["Name"], reason)
                self._journal.add("trail", trail=trail["Name"], outcome="failed", reason=reason)
                continue
            body = gzip.compress(json.dumps({"Records": records}).encode())
            headers = {"content-type": "application/json", "content-encoding": "gzip"}
            with request_scope(account_id, trail["HomeRegion"]):
                answer = s3._put_object(bucket, key, body, headers)
            outcome, reason = ("delivered", None) if answer[0] < 300 else ("failed", str(answer[2])[:200])
            if outcome == "delivered":
                _notify(trail, account_id, bucket, key)
            self._journal.add(
                "trail", trail=trail["Name"], key=key, records=len(records), outcome=outcome, reason=reason
            )


def _notify(trail: Mapping[str, Any], account_id: str, bucket: str, key: str) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html"""
    topic = trail.get("SnsTopicName")
    if not topic:
        return
    topic_arn = topic if topic.startswith("arn:") else f"arn:aws:sns:{trail['HomeRegion']}:{account_id}:{topic}"
    if service_access.topic_accepts(topic_arn, SERVICE, trail["TrailARN"]):
        sns.publish_internal(topic_arn, json.dumps({"s3Bucket": bucket, "s3ObjectKey": [key]}))


def log_file_key(prefix: str | None, account_id: str, region: str, at: datetime) -> str:
    """`[prefix/]AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_TIME_UNIQUE.json.gz`"""
    name = f"{account_id}_CloudTrail_{region}_{at:%Y%m%dT%H%MZ}_{secrets.token_hex(8)}.json.gz"
    folder = f"AWSLogs/{account_id}/CloudTrail/{region}/{at:%Y/%m/%d}"
    return f"{prefix}/{folder}/{name}" if prefix else f"{folder}/{name}"
