"""The log path: the window, the deployed pattern, bounded paging, and the result for each line."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from responders.kill_switch import path_l
from responders.kill_switch.parse import Alarm, Record, Rejected, Sighting, parse, read_record
from tests.responders.kill_switch.world import MANIFEST, READ, SETTINGS, STREAM, Account, fixture, intercept

PATTERN = '{ ($.eventName = "GetSecretValue") }'
NAME = "account-audit-access-0a1b2c"
NAMESPACE = "account-audit/detections"


def alarm(**state: Any) -> Alarm:
    parsed = parse(fixture("alarm-change"), SETTINGS, MANIFEST)
    assert isinstance(parsed, Alarm)
    return Alarm(parsed.detection, parsed.name, parsed.at, {**parsed.state, **state})


def metric_filter(name: str, pattern: str, metric: str = READ, namespace: str = NAMESPACE) -> dict[str, Any]:
    fed = {"metricName": metric, "metricNamespace": namespace, "metricValue": "1"}
    return {"filterName": name, "filterPattern": pattern, "metricTransformations": [fed]}


def log_group(
    account: Account, pages: list[list[str]], filters: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """A log group that answers page by page; returns the list of requested searches."""
    asked: list[dict[str, Any]] = []

    def page(parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        number = int(parameters.get("nextToken", "0"))
        more = {"nextToken": str(number + 1)} if number + 1 < len(pages) else {}
        return {
            "events": [{"message": message, "logStreamName": STREAM} for message in pages[number]],
            **more,
            "searchedLogStreams": [],
        }

    deployed = [metric_filter(NAME, PATTERN)] if filters is None else filters
    intercept(account.aws.logs, "DescribeMetricFilters", lambda _: {"metricFilters": deployed})
    intercept(account.aws.logs, "FilterLogEvents", page)
    return asked


def search(account: Account) -> path_l.Search:
    return path_l.search(alarm(), account.aws.logs, SETTINGS)


def test_window() -> None:
    assert path_l.window(alarm()) == (
        datetime(2026, 1, 31, 11, 47, tzinfo=UTC),
        datetime(2026, 1, 31, 12, 4, 5, tzinfo=UTC),
    )


def test_window_of_an_alarm_that_counts_over_a_day() -> None:
    """The alarm fires shortly after the day that it counted."""
    reason = {"startDate": "2026-01-30T12:00:00.000+0000", "period": 86400, "recentDatapoints": [5.0]}
    assert path_l.window(alarm(reasonData=json.dumps(reason)))[0] == datetime(2026, 1, 30, 11, 45, tzinfo=UTC)


def test_window_of_several_datapoints_and_a_late_alarm() -> None:
    reason = {"startDate": "2026-01-31T11:00:00.000+0000", "period": 300, "recentDatapoints": [0.0, 0.0, 1.0]}
    assert path_l.window(alarm(reasonData=json.dumps(reason))) == (
        datetime(2026, 1, 31, 10, 45, tzinfo=UTC),
        datetime(2026, 1, 31, 12, 4, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "reason_data",
    [
        None,
        "",
        "not JSON",
        "[]",
        "{}",
        7,
        '{"startDate": "2026-01-31T23:00:00.000+0000"}',
        '{"startDate": "2001-01-01T00:00:00.000+0000"}',
        '{"startDate": 1, "period": "x", "recentDatapoints": 3}',
        '{"period": 1e99, "recentDatapoints": [1]}',
        '{"period": 99999999999, "recentDatapoints": [1]}',
    ],
)
def test_window_without_usable_reason(reason_data: Any) -> None:
    assert path_l.window(alarm(reasonData=reason_data)) == (
        datetime(2026, 1, 31, 11, 47, 5, tzinfo=UTC),
        datetime(2026, 1, 31, 12, 4, 5, tzinfo=UTC),
    )


def test_search_asks_for_the_deployed_pattern_in_the_window(account: Account) -> None:
    asked = log_group(
        account,
        [[json.dumps(fixture("record-GetSecretValue"))]],
        [metric_filter(f"{NAME}-2", "{ $.x }", "access-0a1b2c-2"), metric_filter(NAME, PATTERN)],
    )
    record = read_record(fixture("record-GetSecretValue"), SETTINGS)
    assert isinstance(record, Record)
    assert search(account) == path_l.Search(
        (Sighting("L", MANIFEST.detections[READ], record),),
        "1 record found in /account-audit/trail from 2026-01-31T11:47:00.000Z to 2026-01-31T12:04:05.000Z.",
    )
    start, end = path_l.window(alarm())
    assert asked == [
        {
            "logGroupName": "/account-audit/trail",
            "filterPattern": PATTERN,
            "startTime": int(start.timestamp() * 1000),
            "endTime": int(end.timestamp() * 1000) + 1,
        }
    ]


def line(number: int) -> str:
    """One of several records that differ in their id."""
    return json.dumps({**fixture("record-GetSecretValue"), "eventID": f"0a1b2c3d-{number:04}"})


def test_every_filter_that_feeds_the_metric_is_asked_and_a_line_is_taken_once(account: Account) -> None:
    """A rule that is split, and the exact filter of a control: the same record may match several."""
    filters = [metric_filter(f"{NAME}{ending}", f"{{ $.x = {ending} }}") for ending in ("", "-2", "-cis")]
    found_by = {"{ $.x =  }": [line(1)], "{ $.x = -2 }": [line(1), line(2)], "{ $.x = -cis }": [line(3), line(1)]}

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        lines = found_by[parameters["filterPattern"]]
        return {"events": [{"message": message, "logStreamName": STREAM} for message in lines]}

    intercept(account.aws.logs, "DescribeMetricFilters", lambda _: {"metricFilters": filters})
    intercept(account.aws.logs, "FilterLogEvents", answer)
    ids = [found.record.event_id for found in search(account).found if isinstance(found, Sighting)]
    assert ids == ["0a1b2c3d-0001", "0a1b2c3d-0002", "0a1b2c3d-0003"]


def test_a_line_that_claims_the_id_of_another_does_not_hide_it(account: Account) -> None:
    forged = json.dumps({**fixture("record-GetSecretValue"), "userAgent": "forged"})
    log_group(account, [[forged, json.dumps(fixture("record-GetSecretValue"))]])
    assert len(search(account).found) == 2


def test_empty_pages_are_followed(account: Account) -> None:
    one, other = (line(number) for number in range(2))
    asked = log_group(account, [[], [], [one], [], [other]])
    assert len(search(account).found) == 2
    assert [parameters.get("nextToken") for parameters in asked] == [None, "1", "2", "3", "4"]


def test_pages_are_bounded(account: Account) -> None:
    asked = log_group(account, [[] for _ in range(1000)])
    found = search(account)
    assert (found.found, found.complete) == ((), False)
    assert "More events match than were read" in found.said
    assert len(asked) == path_l.MOST_PAGES


def test_records_are_bounded(account: Account) -> None:
    log_group(account, [[line(number) for number in range(250)]])
    found = search(account)
    assert (len(found.found), found.complete) == (path_l.MOST_RECORDS, False)
    assert "More events match than were read" in found.said


def test_filter_that_is_gone_is_said(account: Account) -> None:
    others = [metric_filter(NAME, PATTERN, metric="other"), metric_filter(NAME, PATTERN, namespace="other")]
    log_group(account, [[json.dumps(fixture("record-GetSecretValue"))]], others)
    assert search(account) == path_l.Search((), f"The metric filter {NAME} no longer exists on /account-audit/trail.")


@pytest.mark.parametrize("message", ["", "{", "[]", "null", '{"eventID": 1}', '{"eventVersion": "1.11", "userIden'])
def test_lines_that_are_no_records_are_rejected(account: Account, message: str) -> None:
    log_group(account, [[message]])
    (found,) = search(account).found
    assert isinstance(found, Rejected)


def found_in(account: Account, stream: str) -> Sighting | Rejected:
    """Return the result for a record in this log stream."""
    event = {"message": json.dumps(fixture("record-GetSecretValue")), "logStreamName": stream}
    intercept(account.aws.logs, "DescribeMetricFilters", lambda _: {"metricFilters": [metric_filter(NAME, PATTERN)]})
    intercept(account.aws.logs, "FilterLogEvents", lambda _: {"events": [event]})
    (found,) = search(account).found
    return found


@pytest.mark.parametrize(
    "stream",
    [
        "123456789012_CloudTrail_eu-west-1",
        "123456789012_CloudTrail_us-east-1_2",
        "o-exampleorgid_123456789012_CloudTrail_eu-west-1",
        "o-a1b2c3d4e5_123456789012_CloudTrail_us-east-1_2",
        f"o-{'z' * 32}_123456789012_CloudTrail_eu-west-1",
    ],
)
def test_lines_in_streams_of_a_trail_or_of_an_organizations_trail_are_records(account: Account, stream: str) -> None:
    assert isinstance(found_in(account, stream), Sighting)


@pytest.mark.parametrize(
    "stream",
    [
        "forged",
        "",
        "123456789012_CloudTrail",
        "x123456789012_CloudTrail_eu-west-1",
        "999999999999_CloudTrail_x",
        "o-exampleorgid_999999999999_CloudTrail_eu-west-1",
        "o-exampleorgid_123456789012_CloudTrail",
        "o-exampleorgid_x123456789012_CloudTrail_eu-west-1",
        "o-exampleorgid123456789012_CloudTrail_eu-west-1",
        "o-exampleorgid_o-exampleorgid_123456789012_CloudTrail_eu-west-1",
        "xo-exampleorgid_123456789012_CloudTrail_eu-west-1",
        "o-EXAMPLEORGID_123456789012_CloudTrail_eu-west-1",
        "o-short_123456789012_CloudTrail_eu-west-1",
        f"o-{'z' * 33}_123456789012_CloudTrail_eu-west-1",
        "ou-exampleorgid_123456789012_CloudTrail_eu-west-1",
    ],
)
def test_lines_in_a_stream_that_is_not_cloudtrails_are_rejected(account: Account, stream: str) -> None:
    found = found_in(account, stream)
    assert isinstance(found, Rejected)
    assert (found.code, found.excerpt) == ("log stream", stream)


@pytest.mark.parametrize("operation", ["DescribeMetricFilters", "FilterLogEvents"])
def test_refusal_is_one_kind_of_error(account: Account, operation: str) -> None:
    account.refuse(account.aws.logs, operation, "AccessDeniedException")
    if operation == "FilterLogEvents":
        deployed = [metric_filter(NAME, PATTERN)]
        intercept(account.aws.logs, "DescribeMetricFilters", lambda _: {"metricFilters": deployed})
    with pytest.raises(path_l.SearchError, match=f"{operation} refused: AccessDeniedException"):
        search(account)


def test_window_never_overflows() -> None:
    for year in (2000, 2199):
        at = datetime(year, 1, 1, tzinfo=UTC)
        start, end = path_l.window(Alarm(MANIFEST.detections[READ], NAME, at, {}))
        assert end - start == timedelta(minutes=17)
