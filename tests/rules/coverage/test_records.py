"""The records used for coverage equal those that the lab writes, and reach the same rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from deadfall.decoys.access_key import AccessKeyDecoy
from deadfall.decoys.secret import SecretDecoy
from deadfall.lab import event_bus
from deadfall.lab.access_denied import denial_message
from deadfall.lab.cloudtrail import identity
from deadfall.lab.cloudtrail.further_records import further_records
from deadfall.lab.cloudtrail.key_use import EncryptionKey
from deadfall.lab.cloudtrail.record import FinishedCall, cloudtrail_record
from deadfall.lab.request_parser import ApiCall, ApiResponse
from deadfall.names import Names
from deadfall.rules.coverage.deployment import events, is_delivered
from deadfall.touches.records import Record
from deadfall.touches.touch import Touch

ACCOUNT, REGION = "111122223333", "us-east-1"
NAME, USER = "prod/payments/provider", "svc-billing-export"
PARTIAL_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}"
AT = datetime(2026, 11, 21, 6, 7, 8, tzinfo=UTC)
MALLORY = identity.Caller(
    "IAMUser",
    "AIDAEXAMPLEEXAMPLE234",
    f"arn:aws:iam::{ACCOUNT}:user/mallory",
    ACCOUNT,
    "AKIAEXAMPLEEXAMPLE23",
    "mallory",
)
NAMES = Names(ACCOUNT, REGION, "account-audit")
DECOYS = (
    SecretDecoy(kind="secret", name=NAME),
    AccessKeyDecoy.model_validate({"kind": "accessKey", "userName": USER}),
)
TOUCHES = [touch for decoy in DECOYS for touch in decoy.touches(NAMES, REGION)]
RECORDS = [record for touch in TOUCHES for trace in touch.traces for record in (*trace.documented, *trace.expected)]
# Fields that vary by call.
CIRCUMSTANTIAL = {"eventID", "requestID", "tlsDetails", "userAgent", "sourceIPAddress", "resources"}


def of_lab(service: str, operation: str, parameters: dict[str, Any], response: ApiResponse) -> list[dict[str, Any]]:
    call = ApiCall(service, operation, REGION, MALLORY.access_key_id, "json", parameters)
    finished = FinishedCall(call, MALLORY, response, "203.0.113.66", "aws-cli/2", "request", "event", AT)
    key = EncryptionKey(
        f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000", f"alias/aws/{service}"
    )
    return [cloudtrail_record(finished), *further_records(finished, lambda *_: key)]


def denied(service: str, operation: str, parameters: dict[str, Any]) -> ApiResponse:
    action = f"{service}:{operation}"
    message = denial_message(action, MALLORY.arn, "*", parameters, explicit=False)
    return ApiResponse(400, {}, "AccessDeniedException", message)


def essence(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that rules use, without the lab's own times and key ids."""
    kept: dict[str, Any] = {key: value for key, value in record.items() if key not in CIRCUMSTANTIAL}
    who = kept["userIdentity"]
    kept["userIdentity"] = {key: value for key, value in who.items() if key not in ("accessKeyId", "sessionContext")}
    return kept


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("secretsmanager", "GetSecretValue", {"SecretId": NAME}),
        ("secretsmanager", "GetSecretValue", {"SecretId": PARTIAL_ARN}),
        ("secretsmanager", "DescribeSecret", {"SecretId": NAME}),
        ("secretsmanager", "DeleteSecret", {"SecretId": NAME}),
        ("iam", "GetUser", {"UserName": USER}),
        ("iam", "CreateAccessKey", {"UserName": USER}),
        ("iam", "AddUserToGroup", {"GroupName": "admins", "UserName": USER}),
    ],
)
@pytest.mark.parametrize("outcome", ["success", "denied"])
def test_records_equal_the_labs(service: str, operation: str, parameters: dict[str, Any], outcome: str):
    response = ApiResponse(200, {}) if outcome == "success" else denied(service, operation, parameters)
    theirs = essence(of_lab(service, operation, parameters, response)[0])
    ours = [essence(record) for record in RECORDS]
    if (operation, outcome) == ("AddUserToGroup", "denied"):
        assert USER not in theirs["errorMessage"], "this is why the table calls it impossible"
    else:
        assert theirs in ours


def test_the_decrypt_behind_a_read_equals_the_labs():
    arn, version = f"{PARTIAL_ARN}-a1B2c3", "00000000-0000-0000-0000-000000000000"
    read = of_lab(
        "secretsmanager", "GetSecretValue", {"SecretId": NAME}, ApiResponse(200, {"ARN": arn, "VersionId": version})
    )
    assert [record["eventName"] for record in read] == ["GetSecretValue", "Decrypt"]
    assert essence(read[1]) in [essence(record) for record in RECORDS]


def test_the_lab_delivers_them_to_the_same_rules():
    for record in RECORDS:
        for event in events(record):
            for state in ("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "DISABLED"):
                assert is_delivered(state, event) == event_bus.takes(state, event), (state, record["eventName"])
        if record["eventType"] == "AwsApiCall":
            assert events(record) == [event_bus.cloudtrail_event(record)]


def test_every_record_names_the_decoy_unless_it_is_one_of_several():
    """At least one record of each trace names the decoy; others prove nothing."""

    def names_it(record: Record) -> bool:
        return any(name in str(record) for name in (NAME, USER))

    assert all(any(map(names_it, (*trace.documented, *trace.expected))) for touch in TOUCHES for trace in touch.traces)


def test_a_touch_has_traces_or_a_reason():
    def has_one(touch: Touch) -> bool:
        return bool(touch.traces) != bool(touch.impossible) if not touch.unwatched else not touch.impossible

    assert all(map(has_one, TOUCHES))
    assert len({(touch.way, touch.outcome) for touch in TOUCHES}) == len(TOUCHES)
