"""Delivery to a trail's log group: each record is one log event, which the group's metric filters process.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
"""

import json
import logging
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, cloudwatch_logs

from deadfall.patterns.aws_limits import MAX_LOG_EVENT_BYTES
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.patterns.filter_pattern_index import FilterPatternIndex

from .. import service_access
from ..journal import Journal

SERVICE = "cloudtrail.amazonaws.com"
_logger = logging.getLogger(__name__)
_filter_pattern = lru_cache(maxsize=1024)(FilterPattern)


@lru_cache(maxsize=32)
def _index(patterns: tuple[str, ...]) -> FilterPatternIndex:
    return FilterPatternIndex(map(_filter_pattern, patterns))


def deliver(trail: Mapping[str, Any], record: dict[str, Any], journal: Journal) -> None:
    """Write a record to the trail's log group, if it has one, with the trail's role, and run the metric filters."""
    group_arn = trail.get("CloudWatchLogsLogGroupArn")
    if not group_arn:
        return
    account_id, region = trail["TrailARN"].split(":")[4], trail["HomeRegion"]
    group = group_arn.split(":log-group:")[1].removesuffix(":*")
    stream = f"{account_id}_CloudTrail_{region}"
    refused = refusal(trail.get("CloudWatchLogsRoleArn", ""), group_arn, account_id, region)
    with request_scope(account_id, region):
        if refused is None and group not in cloudwatch_logs._log_groups:
            refused = f"there is no log group {group}"
        message = json.dumps(record, separators=(",", ":"))
        if refused is None and len(message) > MAX_LOG_EVENT_BYTES:
            refused = f"a log event has at most {MAX_LOG_EVENT_BYTES:,} bytes"
        if refused:
            _logger.warning("trail %s: %s", trail["Name"], refused)
            journal.add("trail", trail=trail["Name"], outcome="failed", reason=refused, event_id=record["eventID"])
            return
        if stream not in cloudwatch_logs._log_groups[group]["streams"]:
            cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
        event = {"timestamp": int(time.time() * 1000), "message": message}
        cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [event]})
        _run_metric_filters(group, record, journal)


def refusal(role_arn: str, group_arn: str, account_id: str, region: str) -> str | None:
    """Return why CloudTrail cannot write to a log group with this role, or None."""
    group = group_arn.removesuffix(":*")
    stream = f"{group}:log-stream:{account_id}_CloudTrail_{region}"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        if not service_access.role_allows(role_arn, SERVICE, action, stream):
            return f"{SERVICE} cannot do {action} on {stream} as {role_arn or 'no role'}"
    return None


def _run_metric_filters(group: str, record: dict[str, Any], journal: Journal) -> None:
    has_new_data = False
    filters = [
        (name, metric_filter)
        for (filtered_group, name), metric_filter in cloudwatch_logs._metric_filters.items()
        if filtered_group == group
    ]
    index = _index(tuple(metric_filter["filterPattern"] for _, metric_filter in filters))
    matching = set(index.matching(record))
    for position, (name, metric_filter) in enumerate(filters):
        hit = position in matching
        if hit:
            journal.add("filter", name=name, log_group=group, event_id=record["eventID"])
        for transformation in metric_filter["metricTransformations"]:
            # A record that does not match publishes the default value, if there is one.
            value = transformation["metricValue"] if hit else transformation.get("defaultValue")
            if value is not None:
                cloudwatch.record_metric(
                    transformation["metricNamespace"],
                    transformation["metricName"],
                    float(value),
                    transformation.get("unit", "None"),
                )
                has_new_data = True
    if has_new_data:
        cloudwatch._evaluate_all_alarms()
