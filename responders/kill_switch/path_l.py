"""Path L: find the records behind an alarm, with the patterns of the deployed metric filters that feed it, over the
alarm's window.

An alarm says that something matched, not who did it. The filters are asked of CloudWatch Logs rather than brought
along, so that both always mean the same patterns.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import aws, hostile, moment
from .parse import Alarm, Record, Rejected, Sighting, read_record
from .scope import Permission
from .settings import Settings

PERMISSIONS = (
    Permission(
        "FindAlarmedRecords",
        ("logs:DescribeMetricFilters", "logs:FilterLogEvents"),
        # CloudWatch Logs names a log group with and without the ending :* depending on the operation.
        (
            "arn:{partition}:logs:{home_region}:{account_id}:log-group:{trail_log_group}",
            "arn:{partition}:logs:{home_region}:{account_id}:log-group:{trail_log_group}:*",
        ),
    ),
)

LAG = timedelta(minutes=15)
"""CloudTrail promises no time to CloudWatch Logs; 10 to 15 minutes are "not uncommon"
(docs/aws-facts.md, trail-to-log-group-delay), so the call may be this much older than the datapoint."""

MOST_PAGES = 20
MOST_RECORDS = 100
MOST_COUNTED_RECORDS = 500
"""Of a detection that counts, whose records are an incident only together."""


@dataclass(frozen=True)
class Search:
    """What was found, and in one sentence where it was looked for or why nothing can be found. Not `complete`: there is
    more than was looked at."""

    found: tuple[Sighting | Rejected, ...]
    said: str
    complete: bool = True


class SearchError(Exception):
    """CloudWatch Logs refused or could not be reached; the message says how."""


def search(alarm: Alarm, logs: Any, settings: Settings) -> Search:
    """Raises SearchError."""
    most = MOST_COUNTED_RECORDS if alarm.detection.count else MOST_RECORDS
    start, end = window(alarm)
    lines: dict[tuple[str, str], Mapping[str, Any]] = {}
    complete = True
    try:
        patterns = _filter_patterns(logs, alarm.name, settings)
        if not patterns:
            return Search((), f"The metric filter {alarm.name} no longer exists on {settings.trail_log_group}.")
        for pattern in patterns:
            events, all_of_it = _events(logs, settings.trail_log_group, pattern, start, end, most)
            # By the whole line: of two lines that claim one eventID, the true one must not go for a forged one.
            lines |= {(event["logStreamName"], event["message"]): event for event in events}
            complete = complete and all_of_it
    except aws.Failed as error:
        raise SearchError(aws.sentence(error)) from error
    found = tuple(_sighting(alarm, event, settings) for event in list(lines.values())[:most])
    complete = complete and len(lines) <= most
    more = "" if complete else f" More events match than were read (limit: {MOST_PAGES} pages or {most} records)."
    number = "1 record" if len(found) == 1 else f"{len(found)} records"
    searched = f"{settings.trail_log_group} from {moment.iso(start)} to {moment.iso(end)}"
    said = f"{number} found in {searched}.{more}"
    return Search(found, said, complete)


def window(alarm: Alarm) -> tuple[datetime, datetime]:
    """From a lag before the first datapoint that was evaluated until just after the alarm.

    `reasonData` is JSON text of CloudWatch: startDate of the first datapoint, period in seconds, recentDatapoints. It
    is absent when a human sets the alarm's state; then the window is as long as such an alarm's would be.
    """
    try:
        reason = json.loads(alarm.state.get("reasonData") or "{}")
    except (TypeError, ValueError, RecursionError):
        reason = {}
    reason = reason if isinstance(reason, Mapping) else {}
    start = moment.parse(reason.get("startDate"))
    # The longest period is a day, and the alarm rings minutes after it.
    if start is None or not alarm.at - timedelta(days=1) - LAG < start <= alarm.at:
        start = alarm.at - timedelta(seconds=60)
    period, datapoints = reason.get("period"), reason.get("recentDatapoints")
    periods = len(datapoints) if isinstance(datapoints, list) and datapoints else 1
    seconds = period if isinstance(period, int) and 0 < period <= 86400 else 60
    end = max(alarm.at, start + timedelta(seconds=min(seconds * periods, 86400)))
    return start - LAG, end + timedelta(seconds=60)  # the alarm's own time has whole seconds


def _filter_patterns(logs: Any, alarm: str, settings: Settings) -> list[str]:
    """Of the filters that feed the alarm's metric, all of which are called as the alarm is, or begin so."""
    pages = logs.get_paginator("describe_metric_filters").paginate(
        logGroupName=settings.trail_log_group, filterNamePrefix=alarm, PaginationConfig={"MaxItems": 200}
    )
    metrics = [
        {"metricNamespace": f"{settings.prefix}/{namespace}", "metricName": alarm.removeprefix(f"{settings.prefix}-")}
        for namespace in ("detections", "supersets")
    ]
    found = [each for page in pages for each in page["metricFilters"]]
    feeding = [
        each
        for each in found
        if any(metric.items() <= fed.items() for fed in each["metricTransformations"] for metric in metrics)
    ]
    return list(dict.fromkeys(each["filterPattern"] for each in feeding))


def _events(
    logs: Any, log_group: str, pattern: str, start: datetime, end: datetime, most: int
) -> tuple[list[Mapping[str, Any]], bool]:
    """Log events and whether these are all. A page may be empty although more follow."""
    events: list[Mapping[str, Any]] = []
    token: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = logs.filter_log_events(
            logGroupName=log_group,
            filterPattern=pattern,
            startTime=round(start.timestamp() * 1000),
            endTime=round(end.timestamp() * 1000) + 1,
            **token,
        )
        events += page["events"]
        if len(events) > most:
            return events[:most], False
        if not page.get("nextToken"):
            return events, True
        token = {"nextToken": page["nextToken"]}
    return events, False


def _sighting(alarm: Alarm, event: Mapping[str, Any], settings: Settings) -> Sighting | Rejected:
    # An organization's trail puts the organization's id first.
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
    stream = event["logStreamName"]
    if not re.match(rf"(o-[a-z0-9]{{10,32}}_)?{settings.account_id}_CloudTrail_", stream):
        reason = (
            "A line in the trail's log group is in a log stream that CloudTrail does not write to: another principal"
            " wrote it with logs:PutLogEvents."
        )
        return Rejected("log stream", reason, hostile.printable(stream))
    try:
        detail = json.loads(event["message"])
    except (ValueError, RecursionError) as error:
        return Rejected("record", f"A line in the trail's log group is not JSON ({error}).", "")
    record = read_record(detail, settings)
    return Sighting("L", alarm.detection, record) if isinstance(record, Record) else record
