"""Parsing: what is accepted as a sighting or an alarm, and everything that must be rejected with a reason."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from deadfall.patterns.aws_limits import MAX_ASYNC_PAYLOAD_BYTES
from responders.kill_switch.parse import Alarm, Ignored, Record, Rejected, Sighting, parse
from tests.responders.kill_switch.world import MANIFEST, READ, ROOT_USE, SETTINGS, fixture, path_e, user


def parsed(payload: object) -> Sighting | Alarm | Ignored | Rejected:
    return parse(payload, SETTINGS, MANIFEST)


def test_sighting() -> None:
    assert parsed(path_e(READ, fixture("record-GetSecretValue"))) == Sighting(
        "E",
        MANIFEST.detections[READ],
        Record(
            event_id="0a1b2c3d-0001-4000-8000-000000000001",
            event_time=datetime(2026, 1, 31, 12, tzinfo=UTC),
            event_source="secretsmanager.amazonaws.com",
            event_name="GetSecretValue",
            region="eu-west-1",
            source_ip="203.0.113.66",
            user_agent="aws-cli/2.17.32 md/awscrt#0.21.2 os/linux lang/python#3.11.9 cfg/retry-mode#standard",
            error_code=None,
            error_message=None,
            user_identity=user(),
            request_parameters={"secretId": "prod/billing/db"},
        ),
    )


@pytest.mark.parametrize("padding", ["x" * 900_000, "é" * 450_000, "\U0001f600" * 225_000, "\x00" * 150_000])
def test_an_event_of_nearly_a_megabyte_is_a_sighting(padding: str) -> None:
    payload = path_e(READ, fixture("record-GetSecretValue"))
    payload["event"]["detail"]["additionalEventData"] = {"padding": padding}
    sighting = parsed(payload)
    assert isinstance(sighting, Sighting)
    assert sighting.record.fields["additionalEventData"] == {"padding": padding}


def test_a_larger_payload_is_rejected_with_the_limit() -> None:
    payload = path_e(READ, fixture("record-GetSecretValue"))
    payload["event"]["detail"]["additionalEventData"] = {"padding": "x" * MAX_ASYNC_PAYLOAD_BYTES}
    rejected = parsed(payload)
    assert isinstance(rejected, Rejected)
    assert rejected.reason.endswith("Lambda accepts 1,048,576 from EventBridge.")


def test_console_sign_in_is_a_sighting() -> None:
    assert isinstance(parsed(path_e(ROOT_USE, fixture("record-ConsoleLogin-root"))), Sighting)


@pytest.mark.parametrize("kind", ["Console Action", "Service Event", "Network Activity Event", "Insight"])
def test_a_record_of_any_detail_type_of_cloudtrail_is_a_sighting(kind: str) -> None:
    payload = path_e(ROOT_USE, fixture("record-ConsoleLogin-root"))
    assert isinstance(parsed(changed(payload, ("event", "detail-type"), f"AWS {kind} via CloudTrail")), Sighting)
    assert isinstance(parsed(changed(payload, ("event", "detail-type"), f"My {kind} via CloudTrail")), Rejected)


def test_older_records_have_no_recipient() -> None:
    payload = path_e(READ, fixture("record-GetSecretValue"))
    del payload["event"]["detail"]["recipientAccountId"]
    assert isinstance(parsed(payload), Sighting)


def test_alarm() -> None:
    event = fixture("alarm-change")
    assert parsed(event) == Alarm(
        MANIFEST.detections[READ],
        "account-audit-access-0a1b2c",
        datetime(2026, 1, 31, 12, 3, 5, tzinfo=UTC),
        event["detail"]["state"],
    )


def test_alarm_that_went_back_is_ignored() -> None:
    event = fixture("alarm-change")
    event["detail"]["state"]["value"] = "OK"
    assert parsed(event) == Ignored("account-audit-access-0a1b2c is no longer in ALARM.")


def test_source_that_is_not_the_first_label_of_the_event_source() -> None:
    record = {**fixture("record-GetSecretValue"), "eventSource": "monitoring.amazonaws.com"}
    sighting = parsed(changed(path_e(READ, record), ("event", "source"), "aws.cloudwatch"))
    assert isinstance(sighting, Sighting)
    assert sighting.record.event_source == "monitoring.amazonaws.com"


GONE = object()


@pytest.mark.parametrize(
    ("code", "path", "value"),
    [
        ("detection", ("detection",), "no-such-detection"),
        ("detection", ("detection",), ["access-0a1b2c"]),
        ("payload", ("event",), GONE),
        ("payload", ("event",), "text"),
        ("source", ("event", "source"), "my.app"),
        ("source", ("event", "source"), "awsx.secretsmanager"),
        ("source", ("event", "source"), GONE),
        ("detail-type", ("event", "detail-type"), "GuardDuty Finding"),
        ("detail-type", ("event", "detail-type"), GONE),
        ("detail-type", ("event", "detail-type"), {}),
        ("account", ("event", "account"), "210987654321"),
        ("account", ("event", "account"), GONE),
        ("account", ("event", "detail", "recipientAccountId"), "210987654321"),
        ("region", ("event", "region"), "us-east-1"),
        ("region", ("event", "region"), GONE),
        ("record", ("event", "detail"), GONE),
        ("record", ("event", "detail"), [1]),
        ("eventID", ("event", "detail", "eventID"), GONE),
        ("eventID", ("event", "detail", "eventID"), "0a1b2c3d\n0001"),
        ("eventName", ("event", "detail", "eventName"), "Get Secret"),
        ("eventSource", ("event", "detail", "eventSource"), "secretsmanager.example.com"),
        ("awsRegion", ("event", "detail", "awsRegion"), "../eu-west-1"),
        ("eventTime", ("event", "detail", "eventTime"), GONE),
        ("eventTime", ("event", "detail", "eventTime"), "yesterday"),
        ("eventTime", ("event", "detail", "eventTime"), "2026-01-31T12:00:00"),
        ("eventTime", ("event", "detail", "eventTime"), "0001-01-01T00:00:00Z"),
        ("eventTime", ("event", "detail", "eventTime"), "2026-02-31T12:00:00Z"),
        ("payload", ("padding",), "x" * 1_100_000),
    ],
)
def test_rejects_sighting(code: str, path: tuple[str, ...], value: Any) -> None:
    rejected = parsed(changed(path_e(READ, fixture("record-GetSecretValue")), path, value))
    assert isinstance(rejected, Rejected)
    assert rejected.code == code
    assert rejected.reason.endswith(".")
    assert len(rejected.excerpt) < 1500


def test_forgery_is_called_so() -> None:
    rejected = parsed(changed(path_e(READ, fixture("record-GetSecretValue")), ("event", "source"), "my.app"))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == ("The event's source is not an AWS service: it may be forged with events:PutEvents.")


@pytest.mark.parametrize(
    ("code", "path", "value"),
    [
        ("source", ("source",), "my.app"),
        ("account", ("account",), "210987654321"),
        ("region", ("region",), "us-east-1"),
        ("detection", ("detail", "alarmName"), "account-audit-responder-errors"),
        ("detection", ("detail", "alarmName"), "other-access-0a1b2c"),
        ("detection", ("detail", "alarmName"), 7),
        ("payload", ("detail", "state"), "ALARM"),
        ("payload", ("detail",), GONE),
        ("time", ("time",), "soon"),
    ],
)
def test_rejects_alarm(code: str, path: tuple[str, ...], value: Any) -> None:
    rejected = parsed(changed(fixture("alarm-change"), path, value))
    assert isinstance(rejected, Rejected)
    assert rejected.code == code


@pytest.mark.parametrize("payload", [None, [], {}, "", 7, {"event": {}}, {"detection": READ}, {"Records": []}])
def test_rejects_other_payloads(payload: object) -> None:
    assert isinstance(rejected := parsed(payload), Rejected)
    assert rejected.code == "payload"


def test_rejects_depth_beyond_recursion() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"event": deep}
    assert isinstance(parsed({"detection": READ, **deep}), Rejected)


def test_excerpt_shows_the_envelope_and_no_parameters() -> None:
    payload = path_e(READ, fixture("record-GetSecretValue"))
    payload["event"]["source"] = "my.app\u202e\x1b[31m"
    payload["event"]["detail"]["requestParameters"] = {"secretString": "hunter2"}
    rejected = parsed(payload)
    assert isinstance(rejected, Rejected)
    assert rejected.excerpt == (
        '{"detection": "access-0a1b2c", "source": "my.app\\u202e\\u001b[31m",'
        ' "detail-type": "AWS API Call via CloudTrail", "account": "123456789012", "region": "eu-west-1",'
        ' "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",'
        ' "eventID": "0a1b2c3d-0001-4000-8000-000000000001"}'
    )


def changed(payload: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    payload = copy.deepcopy(payload)
    at = payload
    for key in path[:-1]:
        at = at[key]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return payload
