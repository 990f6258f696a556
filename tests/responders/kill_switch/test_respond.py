"""Whole invocations: what the account, the ledger, the evidence, the mails and the metrics show afterwards."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from responders.kill_switch import respond
from responders.kill_switch.event_history import MOST_LOOKUPS
from responders.kill_switch.ledger import Ledger
from responders.kill_switch.respond import ContainmentFailed, NotRecordedError
from tests.responders.kill_switch.world import (
    DECOY_USER_ARN,
    DECRYPT,
    KEY_USE,
    READ,
    ROOT_USE,
    RUNBOOK,
    SECRET,
    SETTINGS,
    STREAM,
    USER_ID,
    Account,
    fixture,
    intercept,
    path_e,
    role_session,
    user,
)

READ_EVENT = path_e(READ, fixture("record-GetSecretValue"))
DECRYPT_EVENT = path_e(DECRYPT, fixture("record-Decrypt"))


def touch(event_id: str, **changes: Any) -> dict[str, Any]:
    """Return the event path's payload for another read of the decoy."""
    return path_e(READ, {**fixture("record-GetSecretValue"), "eventID": event_id, **changes})


def log_group(
    account: Account,
    *records: dict[str, Any],
    confirmed: bool = True,
    stream: str = STREAM,
    more: bool = False,
    detection: str = READ,
) -> None:
    """Let the alarm's search find these records, and CloudTrail's event history hold them if they are `confirmed`."""
    fed = {"metricName": detection, "metricNamespace": "account-audit/detections"}
    named = [
        {"filterName": f"account-audit-{detection}", "filterPattern": "{ $.x = 1 }", "metricTransformations": [fed]}
    ]
    events = [{"message": json.dumps(record), "logStreamName": stream} for record in records]
    page = {"events": events, "searchedLogStreams": [], **({"nextToken": "more"} if more else {})}
    intercept(account.aws.logs, "DescribeMetricFilters", lambda _: {"metricFilters": named})
    intercept(account.aws.logs, "FilterLogEvents", lambda _: page)
    account.event_history = list(records) if confirmed else []


def evidence(account: Account) -> dict[str, Any]:
    listed = account.aws.s3.list_objects_v2(Bucket=SETTINGS.evidence_bucket).get("Contents", [])
    objects = {o["Key"]: account.aws.s3.get_object(Bucket=SETTINGS.evidence_bucket, Key=o["Key"]) for o in listed}
    return {key: json.loads(found["Body"].read()) for key, found in objects.items()}


def subjects(account: Account) -> list[str]:
    return [subject for subject, _ in account.mails()]


CONTAINED_MAIL = f"[CONTAINED] The decoy secret {SECRET} was read - user alice"


def test_user_is_contained_recorded_and_told(account: Account) -> None:
    before = account.access_keys()
    result = account.deliver(READ_EVENT)
    (incident,) = account.incidents()
    assert result == {"outcome": "handled", "incidents": [{"id": incident["id"], "status": "CONTAINED"}]}
    for action in incident["actions"]:
        assert action.pop("milliseconds") >= 0
    active, inactive = sorted(before, key=lambda key_id: before[key_id])
    names = "--user-name alice --policy-name account-audit-quarantine"
    created = {key["id"]: key.pop("created") for key in incident["prior_state"]["access_keys"]}
    assert set(created) == set(before)
    assert incident["prior_state"]["login_profile"].pop("created")
    assert incident == {
        "id": incident["id"],
        "status": "CONTAINED",
        "reason": "Every action succeeded and was verified by reading IAM back.",
        "advice": (
            "Role sessions that the user opened earlier remain active: look for its AssumeRole calls in CloudTrail."
        ),
        "trouble": None,
        "detection": {
            "id": READ,
            "title": f"The decoy secret {SECRET} was read",
            "response": "contain",
            "level": "critical",
            "runbook": RUNBOOK,
        },
        "count": None,
        "finding": None,
        "touched": {
            "kind": "secret",
            "name": SECRET,
            "arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/billing/db-a1B2c3",
            "region": "eu-west-1",
        },
        "principal": {
            "type": "IAMUser",
            "arn": "arn:aws:iam::123456789012:user/alice",
            "account_id": "123456789012",
            "name": "alice",
            "unique_id": USER_ID,
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "session_name": None,
            "session_issued_at": None,
            "role_arn": None,
        },
        "what": {
            "event_source": "secretsmanager.amazonaws.com",
            "event_name": "GetSecretValue",
            "outcome": "succeeded",
            "error_code": None,
            "error_message": None,
            "event_id": "0a1b2c3d-0001-4000-8000-000000000001",
        },
        "where": {
            "source_ip": "203.0.113.66",
            "user_agent": "aws-cli/2.17.32 md/awscrt#0.21.2 os/linux lang/python#3.11.9 cfg/retry-mode#standard",
            "region": "eu-west-1",
        },
        "when": {
            "event": "2026-01-31T12:00:00.000Z",
            "received": "2026-01-31T12:00:03.100Z",
            "contained": "2026-01-31T12:00:03.300Z",
        },
        "paths": {
            "E": {"first_seen": "2026-01-31T12:00:03.100Z", "event_ids": ["0a1b2c3d-0001-4000-8000-000000000001"]}
        },
        "actions": [
            {
                "action": "deny-user",
                "target": "user/alice",
                "outcome": "done",
                "detail": "inline policy account-audit-quarantine denies everything",
                "verified": True,
                "inverse": {"commands": [f"aws iam delete-user-policy {names}"], "note": None},
                "check": {
                    "command": f"aws iam get-user-policy {names}",
                    "answer": "Effect Deny, Action *, Resource *, no condition",
                },
            },
            {
                "action": "deactivate-keys",
                "target": "user/alice",
                "outcome": "done",
                "detail": f"deactivated {active}",
                "verified": True,
                "inverse": {
                    "commands": [
                        f"aws iam update-access-key --user-name alice --access-key-id {active} --status Active"
                    ],
                    "note": "AWS advises against reactivating a key that may be stolen: issue a new one instead.",
                },
                "check": {"command": "aws iam list-access-keys --user-name alice", "answer": "every key Inactive"},
            },
            {
                "action": "remove-password",
                "target": "user/alice",
                "outcome": "done",
                "detail": "console password deleted",
                "verified": True,
                "inverse": {
                    "commands": [],
                    "note": (
                        "Can't be undone: IAM can't restore a password. Set a new one (aws iam create-login-profile)."
                    ),
                },
                "check": {"command": "aws iam get-login-profile --user-name alice", "answer": "NoSuchEntity"},
            },
        ],
        "prior_state": {
            "replaced_policy": None,
            "access_keys": [{"id": active, "status": "Active"}, {"id": inactive, "status": "Inactive"}],
            "login_profile": {"password_reset_required": False},
        },
        "alert": {"outcome": "sent", "at": "2026-01-31T12:00:03.500Z"},
        "events": 1,
    }
    assert subjects(account) == [CONTAINED_MAIL]
    assert account.counts() == {"Incidents": 1, "Contained": 1, "LatencyMilliseconds": 3300}
    (written,) = account.incidents()
    kept = evidence(account)
    assert kept == {
        f"incidents/{written['id']}/incident.json": written,
        f"incidents/{written['id']}/prior-state.json": written["prior_state"],
    }


def test_role_session_is_contained_and_no_other(account: Account) -> None:
    account.deliver(touch("0a1b2c3d-1001", userIdentity=role_session()))
    account.deliver(touch("0a1b2c3d-1002", userIdentity=role_session(session="ci-build")))
    assert [incident["status"] for incident in account.incidents()] == ["CONTAINED", "CONTAINED"]
    denied = [p["Statement"][0]["Condition"]["StringEquals"]["aws:userid"] for p in account.role_policies().values()]
    assert sorted(denied) == ["AROAIDPPEZS35WEXAMPLE:ci-build", "AROAIDPPEZS35WEXAMPLE:i-0abc123def4567890"]


def test_session_that_is_assumed_again_is_contained_again(account: Account) -> None:
    account.deliver(touch("0a1b2c3d-1001", userIdentity=role_session()))
    account.clock.at = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
    again = role_session(issued_at="2026-01-31T12:20:00Z")
    account.deliver(touch("0a1b2c3d-1002", userIdentity=again, eventTime="2026-01-31T12:29:58Z"))
    (policy,) = account.role_policies().values()
    assert policy["Statement"][0]["Condition"]["DateLessThan"] == {"aws:TokenIssueTime": "2026-01-31T12:31:00Z"}
    (incident,) = account.incidents()
    assert (incident["status"], incident["events"]) == ("CONTAINED", 2)
    assert len(subjects(account)) == 1


def test_both_paths_retries_and_the_kms_shadow_are_one_incident(account: Account) -> None:
    log_group(account, fixture("record-GetSecretValue"), fixture("record-Decrypt"))
    account.deliver(DECRYPT_EVENT)
    account.deliver(READ_EVENT)
    account.deliver(READ_EVENT)
    account.deliver(fixture("alarm-change"))
    account.deliver(DECRYPT_EVENT)
    (incident,) = account.incidents()
    read, decrypt = "0a1b2c3d-0001-4000-8000-000000000001", "0a1b2c3d-0003-4000-8000-000000000003"
    assert {path: seen["event_ids"] for path, seen in incident["paths"].items()} == {
        "E": [read, decrypt],
        "L": [read, decrypt],
    }
    assert incident["events"] == 2
    assert incident["where"]["source_ip"] == "203.0.113.66", "the sighting that has the caller's own address"
    assert incident["what"]["event_name"] == "GetSecretValue"
    assert [action["outcome"] for action in incident["actions"]] == ["done", "done", "done"]
    assert len(account.mails()) == 1
    assert account.counts()["Contained"] == 1
    assert account.counts()["Incidents"] == 1


@pytest.mark.parametrize("address", ["203.0.113.66", "2001:db8::66"])
def test_sighting_with_the_callers_own_address_says_where(account: Account, address: str) -> None:
    """Even when the KMS record is the earlier one by every other measure."""
    shadow = {**fixture("record-Decrypt"), "eventID": "00000000-0003", "eventTime": "2026-01-31T11:59:59Z"}
    account.deliver(path_e(DECRYPT, shadow))
    assert account.incidents()[0]["where"]["source_ip"] == "secretsmanager.amazonaws.com"
    account.deliver(touch("0a1b2c3d-0001", sourceIPAddress=address))
    (incident,) = account.incidents()
    assert incident["where"]["source_ip"] == address
    assert incident["what"]["event_name"] == "GetSecretValue"
    assert incident["when"]["event"] == "2026-01-31T11:59:59.000Z"


@pytest.mark.parametrize("service_address", ["secretsmanager.amazonaws.com", "AWS Internal"])
def test_a_mail_waits_for_the_record_that_says_from_where(
    account: Account, monkeypatch: pytest.MonkeyPatch, service_address: str
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        if seconds:  # others pause too, by nothing in tests
            pauses.append(seconds)
        if seconds == 2.0:
            account.deliver(touch("0a1b2c3d-0001"))

    monkeypatch.setattr(respond, "ADDRESS_PAUSES", (1.0, 2.0, 3.0))
    monkeypatch.setattr(respond.time, "sleep", pause)
    account.deliver(path_e(DECRYPT, {**fixture("record-Decrypt"), "sourceIPAddress": service_address}))

    assert pauses == [1.0, 2.0]
    ((_, text),) = account.mails()
    assert "203.0.113.66" in text


def test_a_mail_does_not_wait_for_ever(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(respond, "ADDRESS_PAUSES", (1.0, 2.0))
    monkeypatch.setattr(respond.time, "sleep", pauses.append)
    account.deliver(path_e(DECRYPT, fixture("record-Decrypt")))
    assert [seconds for seconds in pauses if seconds] == [1.0, 2.0]
    assert len(account.mails()) == 1


def test_concurrent_deliveries_converge(account: Account) -> None:
    log_group(account, fixture("record-GetSecretValue"), fixture("record-Decrypt"))
    before = account.access_keys()
    payloads = [READ_EVENT, DECRYPT_EVENT, fixture("alarm-change"), READ_EVENT]
    with ThreadPoolExecutor(len(payloads)) as pool:
        results = list(pool.map(account.deliver, payloads))
    (incident,) = account.incidents()
    assert {found["id"] for result in results for found in result["incidents"]} == {incident["id"]}
    assert (incident["status"], incident["events"], set(incident["paths"])) == ("CONTAINED", 2, {"E", "L"})
    assert {key["id"]: key["status"] for key in incident["prior_state"]["access_keys"]} == before
    assert len(account.mails()) == 1
    assert evidence(account)[f"incidents/{incident['id']}/incident.json"] == incident


def test_evidence_that_was_overtaken_is_brought_up_to_date(account: Account) -> None:
    """Another delivery stores a newer document between our writing the ledger and our writing the evidence."""
    overtaken: list[int] = []

    def overtake(_: dict[str, Any]) -> dict[str, Any]:
        if len(overtaken) < 2:  # the prior state, then the incident
            overtaken.append(1)
            if len(overtaken) == 2:
                account.deliver(DECRYPT_EVENT)
        return {}

    intercept(account.aws.s3, "PutObject", overtake)
    account.deliver(READ_EVENT)
    (incident,) = account.incidents()
    assert incident["events"] == 2
    assert evidence(account)[f"incidents/{incident['id']}/incident.json"] == incident


def test_path_l_contains_on_its_own(account: Account) -> None:
    log_group(account, fixture("record-GetSecretValue"))
    account.deliver(fixture("alarm-change"))
    (incident,) = account.incidents()
    assert (incident["status"], list(incident["paths"])) == ("CONTAINED", ["L"])
    assert set(account.access_keys().values()) == {"Inactive"}
    assert subjects(account) == [CONTAINED_MAIL]


UNCONFIRMED_MAIL = CONTAINED_MAIL.replace("CONTAINED", "OBSERVED")


def test_line_that_cloudtrail_does_not_confirm_contains_nobody_until_it_does(account: Account) -> None:
    """Forged, or only ahead of the event history: the first retry finds nothing either, the second finds it."""
    before = account.access_keys()
    record = fixture("record-GetSecretValue")
    log_group(account, record, confirmed=False)
    for _ in range(2):
        with pytest.raises(ContainmentFailed, match=f"{record['eventID']} is not confirmed: The record is not in"):
            account.deliver(fixture("alarm-change"))
    (incident,) = account.incidents()
    assert (incident["status"], list(incident["paths"]), incident["actions"]) == ("OBSERVED", ["L unconfirmed"], [])
    assert incident["reason"] == (
        "The record is not in CloudTrail's event history in eu-west-1: it may be forged, or not yet delivered (delivery"
        " takes minutes)."
    )
    assert (account.access_keys(), account.user_policies()) == (before, {})
    ((subject, text),) = account.mails()
    assert subject == UNCONFIRMED_MAIL
    assert "log path, not confirmed by CloudTrail" in text
    assert "may be innocent" in " ".join(text.split())

    account.event_history = [record]
    account.deliver(fixture("alarm-change"))
    (incident,) = account.incidents()
    assert (incident["status"], list(incident["paths"])) == ("CONTAINED", ["L", "L unconfirmed"])
    assert incident["advice"].startswith("Role sessions that the user opened")
    assert incident["events"] == 1
    assert set(account.access_keys().values()) == {"Inactive"}
    assert subjects(account) == [CONTAINED_MAIL]


FORGED = [
    ("a different call", {"userIdentity": {**fixture("record-GetSecretValue")["userIdentity"], "userName": "mallory"}}),
    ("a different call", {"eventName": "DescribeSecret"}),
    ("a different call", {"eventSource": "kms.amazonaws.com"}),
    ("is not in CloudTrail's event history", {"recipientAccountId": "999999999999"}),
    ("does not touch the decoy", {"requestParameters": {"secretId": "prod/orders/mysql"}}),
]


@pytest.mark.parametrize(("said", "truth"), FORGED)
def test_line_that_differs_from_cloudtrails_own_record_contains_nobody(
    account: Account, said: str, truth: dict[str, Any]
) -> None:
    """A forger can borrow the event id of a harmless call."""
    log_group(account, fixture("record-GetSecretValue"))
    account.event_history = [{**fixture("record-GetSecretValue"), **truth}]
    with pytest.raises(ContainmentFailed, match=said):
        account.deliver(fixture("alarm-change"))
    assert [incident["status"] for incident in account.incidents()] == ["OBSERVED"]
    assert account.user_policies() == {}
    assert subjects(account) == [UNCONFIRMED_MAIL]


def test_cloudtrails_own_record_takes_the_place_of_the_line(account: Account) -> None:
    log_group(account, {**fixture("record-GetSecretValue"), "sourceIPAddress": "198.51.100.1"})
    account.event_history = [fixture("record-GetSecretValue")]
    account.deliver(fixture("alarm-change"))
    (incident,) = account.incidents()
    assert (incident["status"], incident["where"]["source_ip"]) == ("CONTAINED", "203.0.113.66")


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_event_history_that_does_not_answer_confirms_nothing(account: Account, code: str) -> None:
    log_group(account, fixture("record-GetSecretValue"))
    account.refuse(account.aws.cloudtrail("eu-west-1"), "LookupEvents", code)
    with pytest.raises(ContainmentFailed, match=f"in eu-west-1 failed: LookupEvents refused: {code}"):
        account.deliver(fixture("alarm-change"))
    assert [incident["status"] for incident in account.incidents()] == ["OBSERVED"]
    assert account.user_policies() == {}


def test_unconfirmed_line_changes_nothing_of_what_path_e_saw(account: Account) -> None:
    account.deliver(READ_EVENT)
    (before,) = account.incidents()
    forged = {"eventID": "00000000-0666", "eventTime": "2026-01-31T11:59:00Z", "sourceIPAddress": "198.51.100.1"}
    log_group(account, {**fixture("record-GetSecretValue"), **forged}, confirmed=False)
    account.deliver(fixture("alarm-change"))
    (after,) = account.incidents()
    seen = {"first_seen": after["paths"]["L unconfirmed"]["first_seen"], "event_ids": ["00000000-0666"]}
    assert after == {**before, "paths": {**before["paths"], "L unconfirmed": seen}, "events": 2}
    assert subjects(account) == [CONTAINED_MAIL]


def test_look_ups_are_bounded_and_the_rest_is_raised(account: Account) -> None:
    reads = [
        {
            **fixture("record-GetSecretValue"),
            "eventID": f"0a1b2c3d-{n:04}",
            "userIdentity": role_session(session=f"s{n}"),
        }
        for n in range(MOST_LOOKUPS + 1)
    ]
    log_group(account, *reads)
    with pytest.raises(
        ContainmentFailed, match=f"^event {reads[-1]['eventID']} is not confirmed: This record was not checked"
    ):
        account.deliver(fixture("alarm-change"))
    statuses = [incident["status"] for incident in account.incidents()]
    assert sorted(statuses) == ["CONTAINED"] * MOST_LOOKUPS + ["OBSERVED"]


def test_only_who_would_be_contained_is_looked_up(account: Account) -> None:
    log_group(account, {**fixture("record-GetSecretValue"), "userIdentity": fixture("identity-Root")["userIdentity"]})
    account.refuse(account.aws.cloudtrail("eu-west-1"), "LookupEvents", "ThrottlingException")
    account.deliver(fixture("alarm-change"))
    (incident,) = account.incidents()
    assert (incident["status"], list(incident["paths"])) == ("OBSERVED", ["L"])


def test_line_in_a_stream_that_is_not_cloudtrails_is_rejected_and_told(account: Account) -> None:
    log_group(account, fixture("record-GetSecretValue"), stream="forged")
    account.deliver(fixture("alarm-change"))
    assert (account.incidents(), account.user_policies()) == ([], {})
    ((subject, text),) = account.mails()
    assert subject == "[REJECTED] The responder received invalid input: log stream"
    assert "logs:PutLogEvents" in text


def test_alarm_with_more_events_than_are_looked_at_is_told(account: Account) -> None:
    log_group(account, fixture("record-GetSecretValue"), more=True)
    account.deliver(fixture("alarm-change"))
    alarm, read = sorted(account.incidents(), key=lambda incident: incident["status"], reverse=True)
    assert (read["status"], alarm["status"]) == ("CONTAINED", "OBSERVED")
    assert alarm["reason"].startswith("The alarm fired for more events than were read: 1 record found in ")
    assert sorted(subjects(account)) == [
        CONTAINED_MAIL,
        f"[OBSERVED] The decoy secret {SECRET} was read - caller unknown",
    ]


def test_alarm_without_its_event_is_told(account: Account) -> None:
    log_group(account)
    account.deliver(fixture("alarm-change"))
    (incident,) = account.incidents()
    assert incident["status"] == "OBSERVED"
    assert incident["reason"] == (
        "The alarm fired, but its event was not found: 0 records found in /account-audit/trail from"
        " 2026-01-31T11:47:00.000Z"
        " to 2026-01-31T12:04:05.000Z."
    )
    ((subject, text),) = account.mails()
    assert subject == f"[OBSERVED] The decoy secret {SECRET} was read - caller unknown"
    assert "its event was not found" in " ".join(text.split())


def test_alarm_whose_log_group_is_closed_is_told_and_raised(account: Account) -> None:
    account.refuse(account.aws.logs, "DescribeMetricFilters", "AccessDeniedException")
    for _ in range(3):
        with pytest.raises(ContainmentFailed, match=r"search for the event behind .* failed"):
            account.deliver(fixture("alarm-change"))
    assert [incident["status"] for incident in account.incidents()] == ["FAILED"]
    assert len(account.mails()) == 1


def test_second_incident_of_a_contained_user_keeps_the_true_prior_state(account: Account) -> None:
    before = account.access_keys()
    account.deliver(READ_EVENT)
    account.clock.at = datetime(2026, 1, 31, 14, tzinfo=UTC)
    account.deliver(touch("0a1b2c3d-0099", eventTime="2026-01-31T13:59:58Z"))
    first, second = account.incidents()
    assert first["prior_state"] == second["prior_state"]
    assert {key["id"]: key["status"] for key in second["prior_state"]["access_keys"]} == before
    assert [action["outcome"] for action in second["actions"]] == ["already", "already", "already"]
    assert second["status"] == "CONTAINED"


@pytest.mark.parametrize("event_time", ["2026-01-31T12:29:58Z", "2026-01-31T13:59:58Z"], ids=["same", "next"])
def test_key_issued_under_quarantine_is_added_to_the_prior_state(account: Account, event_time: str) -> None:
    """By the same incident's next touch, or by the next incident's."""
    before = account.access_keys()
    active, inactive = sorted(before, key=lambda key_id: before[key_id])
    account.deliver(READ_EVENT)
    account.aws.iam.delete_access_key(UserName="alice", AccessKeyId=inactive)
    issued = account.aws.iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    account.clock.at = datetime(2026, 1, 31, 14, tzinfo=UTC)
    account.deliver(touch("0a1b2c3d-0099", eventTime=event_time))
    incident = account.incidents()[-1]
    kept = {key["id"]: key["status"] for key in incident["prior_state"]["access_keys"]}
    assert kept == {active: "Active", inactive: "Inactive", issued: "Active"}
    assert incident["actions"][1]["inverse"]["commands"] == [
        f"aws iam update-access-key --user-name alice --access-key-id {key_id} --status Active"
        for key_id in (active, issued)
    ]
    assert account.access_keys() == {active: "Inactive", issued: "Inactive"}


def test_concurrent_incidents_of_one_user_share_the_true_prior_state(account: Account) -> None:
    """The second looks for a quarantine before the first puts it, and reads the keys after the first is through."""
    before = account.access_keys()
    other = [touch("0a1b2c3d-0099", eventTime="2026-01-31T10:30:00Z")]

    def overtake(_: dict[str, Any]) -> dict[str, Any]:
        if other:
            account.deliver(other.pop())
        return {}

    intercept(account.aws.iam, "PutUserPolicy", overtake)
    account.deliver(READ_EVENT)
    first, second = account.incidents()
    assert first["prior_state"] == second["prior_state"]
    assert {key["id"]: key["status"] for key in second["prior_state"]["access_keys"]} == before
    assert second["prior_state"]["login_profile"] is not None


def test_after_a_release_the_prior_state_is_read_anew(account: Account) -> None:
    account.deliver(READ_EVENT)
    account.aws.iam.delete_user_policy(UserName="alice", PolicyName="account-audit-quarantine")
    account.clock.at = datetime(2026, 1, 31, 14, tzinfo=UTC)
    account.deliver(touch("0a1b2c3d-0099", eventTime="2026-01-31T13:59:58Z"))
    second = account.incidents()[1]
    assert [key["status"] for key in second["prior_state"]["access_keys"]] == ["Inactive", "Inactive"]
    assert second["prior_state"]["login_profile"] is None


def test_duplicate_after_a_release_does_not_contain_again(account: Account) -> None:
    log_group(account, fixture("record-GetSecretValue"), fixture("record-Decrypt"))
    account.deliver(READ_EVENT)
    account.aws.iam.delete_user_policy(UserName="alice", PolicyName="account-audit-quarantine")
    for payload in (READ_EVENT, DECRYPT_EVENT, fixture("alarm-change")):
        account.deliver(payload)
    assert account.user_policies() == {}
    account.deliver(touch("0a1b2c3d-0099", eventTime="2026-01-31T12:10:00Z"))
    assert list(account.user_policies()) == ["account-audit-quarantine"], "a new touch contains again"


def test_policy_weakened_after_containment_is_put_back_and_kept_as_evidence(account: Account) -> None:
    account.deliver(READ_EVENT)
    weak = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}'
    put = {"UserName": "alice", "PolicyName": "account-audit-quarantine"}
    account.aws.iam.put_user_policy(**put, PolicyDocument=weak)
    account.deliver(touch("0a1b2c3d-0099", eventTime="2026-01-31T12:10:00Z"))
    (incident,) = account.incidents()
    assert incident["prior_state"]["replaced_policy"] is None
    assert [json.loads(text) for text in incident["prior_state"]["replaced_later"]] == [json.loads(weak)]
    assert account.user_policies()["account-audit-quarantine"]["Statement"][0]["Action"] == "*"
    assert incident["actions"][0]["inverse"]["commands"][0].startswith("aws iam delete-user-policy ")


def test_failed_containment_is_told_once_raised_each_time_and_healed_by_a_retry(account: Account) -> None:
    account.refuse(account.aws.iam, "PutUserPolicy", "AccessDenied", times=2)
    for _ in range(2):
        with pytest.raises(ContainmentFailed, match="is FAILED"):
            account.deliver(READ_EVENT)
    (incident,) = account.incidents()
    assert incident["status"] == "FAILED"
    assert [(a["outcome"], a["verified"]) for a in incident["actions"]] == [
        ("failed", False),
        ("done", True),
        ("done", True),
    ]
    assert "deny-user: PutUserPolicy refused: AccessDenied" in incident["reason"]
    account.deliver(READ_EVENT)
    (incident,) = account.incidents()
    assert incident["status"] == "CONTAINED"
    assert [action["outcome"] for action in incident["actions"]] == ["done", "done", "done"]
    assert [key["status"] for key in incident["prior_state"]["access_keys"]] == ["Active", "Inactive"]
    assert subjects(account) == [CONTAINED_MAIL.replace("CONTAINED", "FAILED"), CONTAINED_MAIL]
    assert account.counts()["ContainmentFailed"] == 2


def test_partial_containment(account: Account) -> None:
    account.refuse(account.aws.iam, "UpdateAccessKey", "LimitExceeded")
    with pytest.raises(ContainmentFailed, match="is PARTIAL"):
        account.deliver(READ_EVENT)
    assert account.incidents()[0]["status"] == "PARTIAL"
    assert list(account.user_policies()) == ["account-audit-quarantine"]


OBSERVATIONS = [
    ("SUPPRESSED", READ, fixture("identity-AssumedRole-sso")["userIdentity"], 1),
    ("SUPPRESSED", READ, role_session("break-glass", "anna", "/emergency/"), 1),
    ("SUPPRESSED", READ, role_session("deploy", "pulumi", "/ci/"), 0),
    ("SUPPRESSED", READ, role_session("account-audit-responder", "account-audit-responder"), 1),
    ("OBSERVED", ROOT_USE, role_session("deploy", "pulumi", "/ci/"), 1),
    ("OBSERVED", READ, fixture("identity-Root")["userIdentity"], 1),
    ("OBSERVED", READ, fixture("identity-FederatedUser")["userIdentity"], 1),
    ("OBSERVED", ROOT_USE, fixture("identity-IAMUser")["userIdentity"], 1),
    ("OBSERVED", KEY_USE, {"type": "IAMUser", "arn": DECOY_USER_ARN, "accountId": "123456789012"}, 1),
]


@pytest.mark.parametrize(("status", "detection", "identity", "mails"), OBSERVATIONS)
def test_observed_and_suppressed(
    account: Account, status: str, detection: str, identity: dict[str, Any], mails: int
) -> None:
    payload = path_e(detection, {**fixture("record-GetSecretValue"), "userIdentity": identity})
    iam_calls = []
    for operation in ("PutUserPolicy", "PutRolePolicy", "UpdateAccessKey", "DeleteLoginProfile", "GetUser", "GetRole"):
        intercept(account.aws.iam, operation, lambda parameters: iam_calls.append(parameters) or {})
    for _ in range(2):
        account.deliver(payload)
    (incident,) = account.incidents()
    assert (incident["status"], incident["actions"], incident["prior_state"]) == (status, [], {})
    assert incident["alert"]["outcome"] == ("sent" if mails else "not-needed")
    assert len(account.mails()) == mails
    assert account.counts() == {"Incidents": 1, status.capitalize(): 1}
    assert iam_calls == []


def test_near_miss_is_recorded_and_not_mailed(account: Account) -> None:
    payload = touch("0a1b2c3d-0077", requestParameters={"secretId": f"{SECRET}-replica"})
    assert account.deliver(payload) == {"outcome": "not confirmed", "incidents": []}
    (item,) = account.items("NOT_CONFIRMED#")
    assert json.loads(item["fact"]["S"])["reason"] == "The record contains no identifier of the decoy."
    assert (account.incidents(), account.mails(), account.user_policies()) == ([], [], {})
    assert account.counts() == {"NotConfirmed": 1}


@pytest.mark.parametrize(
    ("code", "payload"),
    [
        ("payload", None),
        ("payload", {"detection": READ}),
        ("payload", {"detection": READ, "event": {}, "padding": "x" * 2_000_000}),
        ("detection", {**READ_EVENT, "detection": "unknown"}),
        ("source", {**READ_EVENT, "event": {**READ_EVENT["event"], "source": "my.forgery"}}),
        ("disagreement", touch("0a1b2c3d-0088", eventName="DeleteSecret")),
    ],
)
def test_rejected_input_is_recorded_told_once_and_never_raised(account: Account, code: str, payload: object) -> None:
    for _ in range(3):
        assert account.deliver(payload) == {"outcome": "rejected", "incidents": []}
    (item,) = account.items("REJECTED#")
    assert json.loads(item["fact"]["S"])["code"] == code
    assert len(item["fact"]["S"]) < 2000
    assert subjects(account) == [f"[REJECTED] The responder received invalid input: {code}"]
    assert (account.incidents(), account.user_policies()) == ([], {})
    assert account.counts() == {"Rejected": 3}


def test_other_state_of_an_alarm_is_ignored(account: Account) -> None:
    event = fixture("alarm-change")
    event["detail"]["state"]["value"] = "OK"
    assert account.deliver(event) == {"outcome": "ignored", "incidents": []}
    assert (account.items(""), account.mails(), account.counts()) == ([], [], {})


def test_failing_mail_fails_no_containment_and_is_tried_again(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.refuse(account.aws.sns, "Publish", "AuthorizationError", times=1)
    account.deliver(READ_EVENT)
    (incident,) = account.incidents()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "alert not sent" in line]
    assert incident["id"] in line
    assert SECRET not in line, "who may read the log must not learn the decoys' names"
    assert (incident["status"], incident["alert"]["outcome"]) == ("CONTAINED", "failed")
    assert account.counts()["AlertFailed"] == 1
    account.deliver(DECRYPT_EVENT)
    assert account.incidents()[0]["alert"]["outcome"] == "sent"
    assert subjects(account) == [CONTAINED_MAIL]


class Killed(BaseException):
    """The function's timeout: nothing of ours runs after it."""


def killed_while_mailing(account: Account) -> None:
    def kill(_: dict[str, Any]) -> dict[str, Any]:
        if killed:
            return {}
        killed.append(True)
        raise Killed

    killed: list[bool] = []
    intercept(account.aws.sns, "Publish", kill)
    with pytest.raises(Killed):
        account.deliver(READ_EVENT)


def test_mail_lost_in_a_crash_is_sent_by_a_retry(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda tries again one minute after the first failure and two after the second."""
    monkeypatch.setattr(respond, "TOLD_PAUSES", ())
    killed_while_mailing(account)
    assert account.deliver(DECRYPT_EVENT)["outcome"] == "handled", "another event's delivery is no retry"
    account.clock.at += timedelta(seconds=60)
    with pytest.raises(NotRecordedError, match="mail: another delivery claimed the mail for"):
        account.deliver(READ_EVENT)
    assert account.mails() == []
    account.clock.at += timedelta(seconds=120)
    assert account.deliver(READ_EVENT)["outcome"] == "handled"
    assert subjects(account) == [CONTAINED_MAIL]


def test_duplicate_waits_for_the_mail_under_way(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_while_mailing(account)
    (incident,) = account.incidents()
    ledger = Ledger(account.aws.dynamodb, SETTINGS.ledger_table)
    monkeypatch.setattr(respond.time, "sleep", lambda _: ledger.report_mail(incident["id"], "sent", account.clock.at))
    assert account.deliver(READ_EVENT)["outcome"] == "handled"
    assert account.mails() == []


LEDGER_CALLS = ("GetItem", "PutItem", "UpdateItem", "Query")


def test_outage_of_the_ledger_blocks_no_deny(account: Account) -> None:
    before = account.access_keys()
    for operation in LEDGER_CALLS:
        account.refuse(account.aws.dynamodb, operation, "InternalServerError")
    with pytest.raises(ContainmentFailed, match="is PARTIAL"):
        account.deliver(READ_EVENT)
    assert list(account.user_policies()) == ["account-audit-quarantine"]
    assert account.access_keys() == before, "what is lossy is not done without the prior state"
    ((subject, text),) = account.mails()
    assert subject == CONTAINED_MAIL.replace("CONTAINED", "PARTIAL")
    assert "The ledger could not be written" in " ".join(text.split())


def test_outage_of_the_ledger_is_healed_by_a_retry(account: Account) -> None:
    before = account.access_keys()
    account.refuse(account.aws.dynamodb, "GetItem", "InternalServerError", times=1)
    account.refuse(account.aws.dynamodb, "PutItem", "InternalServerError", times=1)
    with pytest.raises(ContainmentFailed):
        account.deliver(READ_EVENT)
    with pytest.raises(ContainmentFailed):
        account.deliver(READ_EVENT)
    account.deliver(READ_EVENT)
    (incident,) = account.incidents()
    assert incident["status"] == "CONTAINED"
    assert {key["id"]: key["status"] for key in incident["prior_state"]["access_keys"]} == before
    assert set(account.access_keys().values()) == {"Inactive"}


@pytest.mark.parametrize("operation", LEDGER_CALLS)
def test_any_part_of_the_ledger_may_fail(account: Account, operation: str) -> None:
    account.refuse(account.aws.dynamodb, operation, "InternalServerError")
    with pytest.raises((ContainmentFailed, NotRecordedError)):
        account.deliver(READ_EVENT)
    assert list(account.user_policies()) == ["account-audit-quarantine"]
    assert len(account.mails()) == 1


def test_outage_after_the_mail_sends_no_second_one(account: Account) -> None:
    # The first update claims the mail; the second would report it.
    updates = iter([{}])
    failure = {"Error": {"Code": "InternalServerError", "Message": ""}}
    intercept(account.aws.dynamodb, "UpdateItem", lambda _: next(updates, failure))
    with pytest.raises(NotRecordedError, match="InternalServerError"):
        account.deliver(READ_EVENT)
    assert subjects(account) == [CONTAINED_MAIL]


def test_rejection_without_a_ledger_returns_normally(account: Account) -> None:
    account.refuse(account.aws.dynamodb, "PutItem", "InternalServerError")
    assert account.deliver({})["outcome"] == "rejected"


def test_outage_of_the_evidence_is_raised_after_everything_else(account: Account) -> None:
    account.refuse(account.aws.s3, "PutObject", "ServiceUnavailable")
    with pytest.raises(NotRecordedError, match="evidence: PutObject refused: ServiceUnavailable"):
        account.deliver(READ_EVENT)
    assert account.incidents()[0]["status"] == "CONTAINED"
    assert subjects(account) == [CONTAINED_MAIL]


def test_failing_metrics_fail_nothing(account: Account) -> None:
    account.refuse(account.aws.cloudwatch, "PutMetricData", "Throttling")
    assert account.deliver(READ_EVENT)["outcome"] == "handled"


def test_deleted_user_is_said(account: Account) -> None:
    account.aws.iam.delete_login_profile(UserName="alice")
    for key_id in account.access_keys():
        account.aws.iam.delete_access_key(UserName="alice", AccessKeyId=key_id)
    account.aws.iam.delete_user(UserName="alice")
    with pytest.raises(ContainmentFailed, match="is FAILED"):
        account.deliver(READ_EVENT)
    ((subject, text),) = account.mails()
    assert subject == CONTAINED_MAIL.replace("CONTAINED", "FAILED")
    assert "It was deleted, or IAM does not show it yet" in " ".join(text.split())


def test_namesake_is_said_and_never_called_contained(account: Account) -> None:
    identity = user(user_id="AIDAOLDERUSEREXAMPLE1")
    for event_id in ("0a1b2c3d-1001", "0a1b2c3d-1002"):
        assert account.deliver(touch(event_id, userIdentity=identity))["outcome"] == "handled"
    (incident,) = account.incidents()
    gone = (
        f"The user that made the call no longer exists. The user that now has its name ({USER_ID}) was left unchanged."
    )
    assert (incident["status"], incident["reason"], incident["actions"]) == ("OBSERVED", gone, [])
    assert account.user_policies() == {}
    ((subject, text),) = account.mails()
    assert subject == CONTAINED_MAIL.replace("CONTAINED", "OBSERVED")
    assert "No containment. Investigate. WHAT HAPPENED" in " ".join(text.split())
    assert gone in " ".join(text.split())
    assert account.counts() == {"Incidents": 1, "Observed": 1}


def test_a_stale_namesake_does_not_stop_the_next_delivery(account: Account) -> None:
    older = [{"User": {"UserName": "alice", "UserId": "AIDAOLDERUSEREXAMPLE1"}}]
    intercept(account.aws.iam, "GetUser", lambda _: older.pop() if older else {})
    account.deliver(READ_EVENT)
    account.deliver(READ_EVENT)
    assert [incident["status"] for incident in account.incidents()] == ["CONTAINED"]
    assert list(account.user_policies()) == ["account-audit-quarantine"]


def test_no_secret_value_reaches_log_ledger_or_mail(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """A record never holds a secret's value; should one, or a session token, be in it all the same, it stays there."""
    leak = {"secretString": "hunter2hunter2"}
    token = {"credentials": {"sessionToken": "FwoGZXIvYXdzEXAMPLETOKEN"}}
    record = {**fixture("record-GetSecretValue"), "responseElements": {**leak, **token}, "additionalEventData": leak}
    record["requestParameters"] = {**record["requestParameters"], **leak}
    account.deliver(path_e(READ, record))
    written = json.dumps([account.items(""), account.mails(), evidence(account)]) + capsys.readouterr().out
    assert SECRET in written
    assert "hunter2" not in written
    assert "FwoGZXIvYXdz" not in written
