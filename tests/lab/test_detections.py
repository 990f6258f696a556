"""Detections besides a read secret, in the lab: what counts, what is only kept, what touches Deadfall itself."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from deadfall.patterns.delivered_event import event_of
from deadfall.stack_lab import StackLab
from tests.conftest import FEW_DETECTIONS

from .test_trap import HOME, answer, incident_of, incidents_of, mails_about

ASKED = (
    "console_logins_failed",
    "decoy_secret_recon",
    "iam_identity_changes",
    "own_event_rules_touched",
    "quarantine_undone",
    "unauthorized_api_calls",
)


@pytest.fixture(scope="module")
def lab() -> Iterator[StackLab]:
    chosen = json.dumps(FEW_DETECTIONS | dict.fromkeys(ASKED, "default"))
    with StackLab.started(overrides={"deadfall:detections": chosen}) as lab:
        lab.up()
        yield lab


def allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def test_only_a_principal_who_is_denied_as_often_as_the_rule_says_makes_an_incident(lab: StackLab):
    """The alarm counts both together; the responder finds out who it was. While it rings it tells of nobody else."""
    often, seldom = lab.user("often-denied", allow("s3:Nothing")), lab.user("seldom-denied", allow("s3:Nothing"))
    for who, times in ((often, 20), (seldom, 19)):
        secrets = lab.emulator.client("secretsmanager", HOME, who)
        assert {answer(lambda asked=secrets: asked.list_secrets()) for _ in range(times)} == {"AccessDeniedException"}
    incident = incident_of(lab, "often-denied", "OBSERVED", "L")
    assert (incident["detection"]["id"], incident["paths"].keys()) == ("unauthorized-api-calls", {"L"})
    lab.emulator.settle()
    assert incidents_of(lab, "seldom-denied") == []
    assert len(mails_about(lab, "often-denied")) == 1


def failed_login(number: int, address: str) -> dict[str, Any]:
    """What the rule's target hands to the responder. The lab has no console, so the record is written by hand."""
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    user = {"type": "IAMUser", "principalId": "AIDAEXAMPLEEXAMPLE234", "accountId": "111122223333", "userName": "clerk"}
    record = {
        "eventVersion": "1.11",
        "userIdentity": user,
        "eventTime": at,
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": HOME,
        "sourceIPAddress": address,
        "userAgent": "Mozilla/5.0",
        "errorMessage": "Failed authentication",
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Failure"},
        "additionalEventData": {"MFAUsed": "No", "LoginTo": "https://console.aws.amazon.com/"},
        "eventID": f"11111111-2222-3333-4444-{number:012}",
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }
    event = {**event_of(record), "time": at, "id": f"{number:08}-0000-0000-0000-000000000000"}
    return {"detection": "console-logins-failed", "event": event}


def test_path_e_counts_in_the_ledger_and_each_event_once(lab: StackLab):
    function = lab.emulator.client("lambda", HOME)
    often, seldom = "198.51.100.5", "198.51.100.9"
    # Deliveries may come twice (EventBridge: at least once): nine here are four events.
    events = [failed_login(number, seldom) for number in (1, 1, 2, 2, 3, 3, 4, 4, 4)]
    events += [failed_login(number, often) for number in range(5, 10)]
    for event in events:
        answered = function.invoke(FunctionName=lab.names.responder, Payload=json.dumps(event))
        assert "FunctionError" not in answered, answered["Payload"].read()
    lab.emulator.settle()
    found = [each for each in lab.incidents() if each["detection"]["id"] == "console-logins-failed"]
    assert [each["where"]["source_ip"] for each in found] == [often]
    assert found[0]["status"] == "OBSERVED"


def test_what_is_to_be_observed_is_kept_and_not_mailed(lab: StackLab):
    admin = lab.user("administrator", allow("iam:CreateUser", "secretsmanager:DescribeSecret"))
    assert answer(lambda: lab.emulator.client("iam", HOME, admin).create_user(UserName="newcomer")) == "ok"
    asked = lab.emulator.client("secretsmanager", HOME, admin)
    assert answer(lambda: asked.describe_secret(SecretId="prod/billing/postgres")) == "ok"
    lab.wait_for("both incidents", lambda: len(incidents_of(lab, "administrator")) == 2)
    lab.emulator.settle()
    found = {incident["detection"]["id"]: incident for incident in incidents_of(lab, "administrator")}
    assert found.keys() == {"iam-identity-changes", "metadata"}
    assert {incident["status"] for incident in found.values()} == {"OBSERVED"}
    assert mails_about(lab, "administrator") == []


def test_whoever_disables_a_rule_of_deadfall_is_told_of(lab: StackLab):
    blinder = lab.user("blinder", allow("events:DisableRule"))
    rule = lab.names.detection("own-event-rules-touched")
    assert answer(lambda: lab.emulator.client("events", HOME, blinder).disable_rule(Name=rule)) == "ok"
    incident = incident_of(lab, "blinder", "OBSERVED", "L")  # path E has just been blinded, or not yet
    assert incident["detection"]["id"] == "own-event-rules-touched"
    assert len(mails_about(lab, "blinder")) == 1


def test_whoever_lifts_a_quarantine_is_told_of(lab: StackLab):
    thief = lab.user("lifter", allow("iam:DeleteUserPolicy", "secretsmanager:GetSecretValue"))
    victim = lab.user("quarantined", allow("secretsmanager:GetSecretValue"))
    read = lab.emulator.client("secretsmanager", HOME, victim)
    assert answer(lambda: read.get_secret_value(SecretId="prod/billing/postgres")) == "ok"
    incident_of(lab, "quarantined", "CONTAINED")
    iam = lab.emulator.client("iam", HOME, thief)
    policy = lab.names.quarantine_policy
    assert answer(lambda: iam.delete_user_policy(UserName="quarantined", PolicyName=policy)) == "ok"
    incident = incident_of(lab, "lifter", "OBSERVED")
    assert incident["detection"]["id"] == "quarantine-undone"
