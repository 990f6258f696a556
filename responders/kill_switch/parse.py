"""Parse what the function was invoked with: a sighting (path E), an alarm (path L), or something to reject.

Path E, from a rule's input transformer:  {"detection": "<id>", "event": <EventBridge event with a CloudTrail record,
                                                                          or with a GuardDuty finding>}
Path L, from the alarm rule:               <EventBridge event "CloudWatch Alarm State Change">

Everything is hostile until checked. The `aws.` prefix of `source` is what EventBridge itself refuses to PutEvents
callers, so an event that a principal forged with `events:PutEvents` can't carry it. What follows it is not compared
with the record's eventSource: the two differ for some services (aws.cloudwatch has monitoring.amazonaws.com).
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deadfall.patterns.aws_limits import MAX_ASYNC_PAYLOAD_BYTES
from deadfall.patterns.detail_types import DETAIL_TYPES

from . import finding, hostile, moment
from .finding import Finding, read_finding
from .manifest import Manifest, ManifestDetection
from .settings import Settings

ALARM_CHANGE = "CloudWatch Alarm State Change"

_EVENT_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_EVENT_NAME = re.compile(r"[A-Za-z0-9_]{1,128}")
_EVENT_SOURCE = re.compile(r"[a-z0-9-]{1,64}(\.[a-z0-9-]{1,64})*\.amazonaws\.com(\.cn)?")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


@dataclass(frozen=True)
class Record:
    """The facts of one CloudTrail record that we use, checked and bounded."""

    event_id: str
    event_time: datetime
    event_source: str
    event_name: str
    region: str
    source_ip: str | None
    user_agent: str | None
    error_code: str | None
    error_message: str | None
    user_identity: Mapping[str, Any]
    request_parameters: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """All of it as it came, for counts by fields that only a rule knows."""


@dataclass(frozen=True)
class Sighting:
    """One path saw one record for one detection; or one finding, whose facts then are the record's."""

    path: str
    detection: ManifestDetection
    record: Record
    finding: Finding | None = None


@dataclass(frozen=True)
class Alarm:
    """An alarm of ours went to ALARM; `state` is the event's `detail.state`."""

    detection: ManifestDetection
    name: str
    at: datetime
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Ignored:
    """Nothing to do and nothing wrong, such as an alarm that went back to OK."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """Input that must not be acted upon. `code` groups, `reason` is a sentence, `excerpt` is bounded and
    printable."""

    code: str
    reason: str
    excerpt: str


def parse(payload: object, settings: Settings, manifest: Manifest) -> Sighting | Alarm | Ignored | Rejected:
    """Never raises, whatever `payload` is."""
    try:
        size = len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError) as error:
        return Rejected("payload", f"The payload is not JSON: {error}.", "")
    excerpt = _excerpt(payload)
    if size > MAX_ASYNC_PAYLOAD_BYTES:
        reason = f"The payload has {size:,} bytes; Lambda accepts {MAX_ASYNC_PAYLOAD_BYTES:,} from EventBridge."
        return Rejected("payload", reason, excerpt)
    if not isinstance(payload, dict):
        return Rejected("payload", "The payload is not a JSON object.", excerpt)
    if payload.get("detail-type") == ALARM_CHANGE:
        return _alarm(payload, settings, manifest, excerpt)
    if "detection" in payload and isinstance(payload.get("event"), dict):
        return _sighting(payload, settings, manifest, excerpt)
    return Rejected(
        "payload",
        "The payload is neither from a detection rule (keys detection and event) nor an alarm state change.",
        excerpt,
    )


def _sighting(payload: dict, settings: Settings, manifest: Manifest, excerpt: str) -> Sighting | Ignored | Rejected:
    event, detection_id = payload["event"], payload["detection"]
    if not isinstance(detection_id, str) or detection_id not in manifest.detections:
        return Rejected("detection", "No deployed detection has this id.", excerpt)
    problem = _envelope_problem(event, settings)
    if problem:
        return Rejected(*problem, excerpt)
    if event["detail-type"] == finding.DETAIL_TYPE:
        return _finding(event, manifest.detections[detection_id], settings, excerpt)
    record = read_record(event.get("detail"), settings)
    if isinstance(record, Rejected):
        return record
    if event["region"] != record.region:
        return Rejected("region", "The event's region differs from its record's awsRegion.", excerpt)
    return Sighting("E", manifest.detections[detection_id], record)


def _finding(
    event: dict, detection: ManifestDetection, settings: Settings, excerpt: str
) -> Sighting | Ignored | Rejected:
    found = read_finding(event.get("detail"))
    if not isinstance(found, Finding):
        return Rejected(*found, excerpt)
    if found.account_id != settings.account_id:
        return Ignored(
            "The finding is about another account; GuardDuty sends members' findings to the administrator account."
        )
    if event["region"] != found.region:
        return Rejected("region", "The event's region differs from its finding's region.", excerpt)
    record = Record(
        event_id=found.event_id,
        event_time=found.created,
        event_source=finding.SOURCE,
        event_name=found.type,
        region=found.region,
        source_ip=found.remote_ip,
        user_agent=None,
        error_code=None,
        error_message=None,
        user_identity={},
        request_parameters={},
        fields=event["detail"],
    )
    return Sighting("E", detection, record, found)


def _alarm(event: dict, settings: Settings, manifest: Manifest, excerpt: str) -> Alarm | Ignored | Rejected:
    detail = event.get("detail")
    if event.get("source") != "aws.cloudwatch":
        return Rejected("source", "An alarm state change must come from aws.cloudwatch.", excerpt)
    if event.get("account") != settings.account_id:
        return Rejected("account", "The alarm belongs to another account.", excerpt)
    if event.get("region") != settings.home_region:
        return Rejected("region", "The alarm is not in the home region.", excerpt)
    if not isinstance(detail, dict) or not isinstance(detail.get("state"), dict):
        return Rejected("payload", "The alarm state change has no detail.state.", excerpt)
    name, at = detail.get("alarmName"), moment.parse(event.get("time"))
    detection = _of_alarm(name, settings, manifest) if isinstance(name, str) else None
    if not isinstance(name, str) or detection is None:
        return Rejected("detection", "No deployed detection has an alarm of this name.", excerpt)
    if at is None:
        return Rejected("time", "The alarm state change has no valid time.", excerpt)
    if detail["state"].get("value") != "ALARM":
        return Ignored(f"{name} is no longer in ALARM.")
    return Alarm(detection, name, at, detail["state"])


def _of_alarm(name: str, settings: Settings, manifest: Manifest) -> ManifestDetection | None:
    """A detection's alarm has its name."""
    start = f"{settings.prefix}-"
    return manifest.detections.get(name.removeprefix(start)) if name.startswith(start) else None


def _envelope_problem(event: dict, settings: Settings) -> tuple[str, str] | None:
    source = event.get("source")
    if not isinstance(source, str) or not source.startswith("aws."):
        return "source", "The event's source is not an AWS service: it may be forged with events:PutEvents."
    detail_type = event.get("detail-type")
    if detail_type == finding.DETAIL_TYPE:
        if source != finding.SOURCE:
            return "detail-type", "The event's detail-type is GuardDuty Finding, but its source is not GuardDuty."
    elif not isinstance(detail_type, str) or detail_type not in DETAIL_TYPES:
        return "detail-type", "The event's detail-type is not one that CloudTrail uses."
    if event.get("account") != settings.account_id:
        return "account", "The event belongs to another account."
    if not isinstance(event.get("region"), str):
        return "region", "The event has no region."
    return None


def read_record(detail: object, settings: Settings) -> Record | Rejected:
    """One CloudTrail record, of an EventBridge event or of a line in the log group.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    excerpt = _excerpt(detail)
    if not isinstance(detail, dict):
        return Rejected("record", "The event has no CloudTrail record: detail is not a JSON object.", excerpt)
    checks = {key: detail.get(key) for key in ("eventID", "eventName", "eventSource", "awsRegion")}
    patterns = (_EVENT_ID, _EVENT_NAME, _EVENT_SOURCE, _REGION)
    for (key, value), pattern in zip(checks.items(), patterns, strict=True):
        if not isinstance(value, str) or not pattern.fullmatch(value):
            return Rejected(key, f"The CloudTrail record has no valid {key}.", excerpt)
    event_time = moment.parse(detail.get("eventTime"))
    if event_time is None:
        return Rejected("eventTime", "The CloudTrail record has no valid eventTime.", excerpt)
    if detail.get("recipientAccountId", settings.account_id) != settings.account_id:
        return Rejected("account", "The CloudTrail record was delivered for another account.", excerpt)
    identity, parameters = detail.get("userIdentity"), detail.get("requestParameters")
    return Record(
        event_id=detail["eventID"],
        event_time=event_time,
        event_source=detail["eventSource"],
        event_name=detail["eventName"],
        region=detail["awsRegion"],
        source_ip=hostile.bounded(detail.get("sourceIPAddress"), 128),
        user_agent=hostile.bounded(detail.get("userAgent"), 512),
        error_code=hostile.bounded(detail.get("errorCode"), 128),
        error_message=hostile.bounded(detail.get("errorMessage"), 2048),
        user_identity=identity if isinstance(identity, dict) else {},
        request_parameters=parameters if isinstance(parameters, dict) else {},
        fields=detail,
    )


def _excerpt(payload: object) -> str:
    """What a person needs to recognise rejected input: its outermost facts, never the values of its parameters."""
    if not isinstance(payload, dict):
        return hostile.printable(type(payload).__name__)
    event = payload["event"] if isinstance(payload.get("event"), dict) else payload
    detail = event["detail"] if isinstance(event.get("detail"), dict) else event
    named = (
        ("detection", payload),
        ("source", event),
        ("detail-type", event),
        ("account", event),
        ("region", event),
        ("alarmName", detail),
        ("eventSource", detail),
        ("eventName", detail),
        ("eventID", detail),
    )
    facts = {key: hostile.bounded(where[key], 100) or type(where[key]).__name__ for key, where in named if key in where}
    return hostile.printable(json.dumps(facts))
