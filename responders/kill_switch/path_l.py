"""Path L: find the records behind an alarm, with the deployed metric filter's own pattern over the alarm's window.

An alarm says that something matched, not who did it. The filter is asked of CloudWatch Logs rather than brought
along, so that both always mean the same pattern.
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
"""CloudTrail promises no time to CloudWatch Logs; 10 to 15 minutes are "not uncommon" (research: deception.md 2.4), so
the call may be this much older than the datapoint."""

MOST_PAGES = 20
MOST_RECORDS = 100


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
    try:
        pattern = _filter_pattern(logs, settings.trail_log_group, alarm.name)
        if pattern is None:
            return Search((), f"The metric filter {alarm.name} is gone from {settings.trail_log_group}.")
        start, end = window(alarm)
        events, complete = _events(logs, settings.trail_log_group, pattern, start, end)
    except aws.Failed as error:
        raise SearchError(aws.sentence(error)) from error
    found = tuple(_sighting(alarm, event, settings) for event in events)
    more = "" if complete else f" There are more than were looked at ({MOST_PAGES} pages or {MOST_RECORDS} records)."
    said = f"{len(found)} found in {settings.trail_log_group} from {moment.iso(start)} to {moment.iso(end)}.{more}"
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
    if start is None or not alarm.at - timedelta(days=1) < start <= alarm.at:
        start = alarm.at - timedelta(seconds=60)
    period, datapoints = reason.get("period"), reason.get("recentDatapoints")
    periods = len(datapoints) if isinstance(datapoints, list) and datapoints else 1
    seconds = period if isinstance(period, int) and 0 < period <= 86400 else 60
    end = max(alarm.at, start + timedelta(seconds=min(seconds * periods, 86400)))
    return start - LAG, end + timedelta(seconds=60)  # the alarm's own time has whole seconds


def _filter_pattern(logs: Any, log_group: str, name: str) -> str | None:
    pages = logs.get_paginator("describe_metric_filters").paginate(
        logGroupName=log_group, filterNamePrefix=name, PaginationConfig={"MaxItems": 200}
    )
    filters = {found["filterName"]: found["filterPattern"] for page in pages for found in page["metricFilters"]}
    return filters.get(name)


def _events(
    logs: Any, log_group: str, pattern: str, start: datetime, end: datetime
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
        if len(events) > MOST_RECORDS:
            return events[:MOST_RECORDS], False
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
            "A line of the trail's log group is in a log stream that is not one of CloudTrail's: somebody else wrote it"
            " with logs:PutLogEvents."
        )
        return Rejected("log stream", reason, hostile.printable(stream))
    try:
        detail = json.loads(event["message"])
    except (ValueError, RecursionError) as error:
        return Rejected("record", f"A line of the trail's log group is not JSON ({error}).", "")
    record = read_record(detail, settings)
    return Sighting("L", alarm.detection, record) if isinstance(record, Record) else record
