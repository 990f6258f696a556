"""Confirming the decoy: every way to name it, and every near miss."""

from dataclasses import replace
from typing import Any

import pytest

from deadfall.patterns.condition import And
from responders.kill_switch.decoy_match import MatchedTarget, NotConfirmed, match_decoy
from responders.kill_switch.parse import Record, read_record
from tests.responders.kill_switch.world import (
    ACCOUNT,
    DECOY_USER_ARN,
    KEY_USE,
    MANIFEST,
    READ,
    ROOT_USE,
    SECRET,
    SECRET_ARN,
    SETTINGS,
    fixture,
)

THE_SECRET = MatchedTarget("secret", SECRET, SECRET_ARN, "eu-west-1")
PARTIAL_ARN = SECRET_ARN.removesuffix("-a1B2c3")
OTHER_REGION = SECRET_ARN.replace("eu-west-1", "us-east-1")


def record(name: str = "record-GetSecretValue", **changes: Any) -> Record:
    read = read_record({**fixture(name), **changes}, SETTINGS)
    assert isinstance(read, Record)
    return read


def denied(resource: str, tail: str = "", action: str = "GetSecretValue", name: str = "GetSecretValue") -> Record:
    who = f"arn:aws:iam::{ACCOUNT}:user/alice"
    message = f"User: {who} is not authorized to perform: secretsmanager:{action} on resource: {resource}{tail}"
    return record(eventName=name, requestParameters=None, errorCode="AccessDenied", errorMessage=message)


NO_ALLOW = " because no identity-based policy allows the secretsmanager:GetSecretValue action"
EXPLICIT = " with an explicit deny in an identity-based policy"


@pytest.mark.parametrize("secret_id", [SECRET, PARTIAL_ARN, SECRET_ARN])
@pytest.mark.parametrize("tail", ["", NO_ALLOW, EXPLICIT, " with an explicit deny in a resource-based policy\n"])
def test_every_spelling_allowed_or_denied(secret_id: str, tail: str) -> None:
    detection = MANIFEST.detections[READ]
    assert match_decoy(record(requestParameters={"secretId": secret_id}), detection) == THE_SECRET
    assert match_decoy(denied(secret_id, tail), detection) == THE_SECRET


@pytest.mark.parametrize(
    "parameters",
    [
        {"secretIdList": ["another", SECRET]},
        {"filters": [{"key": "name", "values": [SECRET]}]},
        {"encryptionContext": {"SecretARN": SECRET_ARN, "SecretVersionId": "x"}},
    ],
)
def test_an_identifier_anywhere_in_the_parameters(parameters: dict[str, Any]) -> None:
    assert match_decoy(record(requestParameters=parameters), MANIFEST.detections[READ]) == THE_SECRET


def test_parameters_nested_too_deeply_to_recurse() -> None:
    nested: Any = SECRET
    for _ in range(100_000):
        nested = [nested]
    deep = replace(record(), request_parameters={"secretId": nested})
    assert match_decoy(deep, MANIFEST.detections[READ]) == THE_SECRET


def test_a_rule_that_recurses_too_deeply_disagrees() -> None:
    nested: Any = "GetSecretValue"
    for _ in range(100_000):
        nested = [nested]
    deep = replace(record(), fields={"eventName": nested})
    missed = match_decoy(deep, MANIFEST.detections[READ])
    assert isinstance(missed, NotConfirmed)
    assert missed.disagrees


@pytest.mark.parametrize("name", ["record-Decrypt", "record-BatchGetSecretValue", "record-GetSecretValue-denied"])
def test_other_records_that_touch_it(name: str) -> None:
    assert match_decoy(record(name), MANIFEST.detections[READ]) == THE_SECRET


@pytest.mark.parametrize(
    "near_miss",
    [
        record(requestParameters={"secretId": f"{SECRET}-replica"}),
        record(requestParameters={"secretId": f"{SECRET}-a1B2c3"}),
        record(requestParameters={"secretId": f"{PARTIAL_ARN}-replica-a1B2c3"}),
        record(requestParameters={"secretId": f"{PARTIAL_ARN}-zzzzzz"}),
        record(requestParameters={"secretId": SECRET.upper()}),
        record(requestParameters={"secretId": f" {SECRET}"}),
        record(requestParameters={"secretId": OTHER_REGION}),
        record(requestParameters={"secretId": SECRET}, awsRegion="us-east-1"),
        record(requestParameters=None),
        record("record-BatchGetSecretValue", requestParameters={"secretIdList": [f"{SECRET}-replica"]}),
        record("record-Decrypt", requestParameters={"encryptionContext": {"SecretARN": f"{PARTIAL_ARN}-zzzzzz"}}),
        record("record-Decrypt", requestParameters=None),
        denied(f"{SECRET}-replica", NO_ALLOW),
        denied(f"{PARTIAL_ARN}-replica-a1B2c3", NO_ALLOW),
        denied(f"x on resource: {SECRET}", NO_ALLOW),
        denied(SECRET, NO_ALLOW, action="DescribeSecret"),
        record(requestParameters=None, errorCode="AccessDenied", errorMessage=f"Access to {SECRET} is not allowed"),
        record(requestParameters=None, errorMessage=f"x is not authorized to perform: y on resource: {SECRET}"),
        record(requestParameters=None, userIdentity={"type": "IAMUser", "userName": SECRET}),
    ],
)
def test_near_misses(near_miss: Record) -> None:
    missed = match_decoy(near_miss, MANIFEST.detections[READ])
    assert isinstance(missed, NotConfirmed)
    assert not missed.disagrees


@pytest.mark.parametrize(
    "disagreeing",
    [
        record(eventName="DeleteSecret"),
        record(eventName="DeleteSecret", requestParameters={"secretId": SECRET}),
        record(eventSource="s3.amazonaws.com", eventName="GetObject"),
        record("record-Decrypt", eventName="Encrypt"),
    ],
)
def test_calls_that_read_no_secret_disagree_with_the_detection(disagreeing: Record) -> None:
    missed = match_decoy(disagreeing, MANIFEST.detections[READ])
    assert isinstance(missed, NotConfirmed)
    assert missed.disagrees


@pytest.mark.parametrize("secret_id", [SECRET, PARTIAL_ARN, SECRET_ARN])
def test_other_calls_that_were_denied_on_it(secret_id: str) -> None:
    looked = denied(secret_id, NO_ALLOW, action="DescribeSecret", name="DescribeSecret")
    assert match_decoy(looked, MANIFEST.detections[READ]) == THE_SECRET


def test_denied_as_a_parameter_of_systems_manager() -> None:
    def asked(name: str) -> Record:
        resource = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/aws/reference/secretsmanager/{name}"
        message = f"User: x is not authorized to perform: ssm:GetParameter on resource: {resource}{NO_ALLOW}"
        call = {"eventSource": "ssm.amazonaws.com", "eventName": "GetParameter"}
        return record(**call, requestParameters=None, errorCode="AccessDenied", errorMessage=message)

    detection = MANIFEST.detections[READ]
    assert match_decoy(asked(SECRET), detection) == THE_SECRET
    assert match_decoy(asked(f"{SECRET}-replica"), detection) == NotConfirmed(
        "The record contains no identifier of the decoy."
    )


def test_decoy_key() -> None:
    identity = {"type": "IAMUser", "arn": DECOY_USER_ARN}
    used = record(eventSource="sts.amazonaws.com", eventName="GetCallerIdentity", userIdentity=identity)
    detection = MANIFEST.detections[KEY_USE]
    assert match_decoy(used, detection) == MatchedTarget("accessKey", "svc-billing-export", DECOY_USER_ARN, "eu-west-1")
    assert match_decoy(record(), detection) == NotConfirmed(
        "secretsmanager.amazonaws.com GetSecretValue does not match the rule of activity-3d4e5f.", disagrees=True
    )
    by_arn = record(requestParameters={"policySourceArn": DECOY_USER_ARN})
    assert match_decoy(by_arn, replace(detection, rule=And(()))) == NotConfirmed(
        "The record contains no identifier of the decoy."
    )


def test_decoy_key_by_a_federated_session_and_in_a_failed_sign_in() -> None:
    federated = {
        "type": "FederatedUser",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": DECOY_USER_ARN}},
    }
    named = {"type": "IAMUser", "userName": "svc-billing-export"}
    detection = MANIFEST.detections[KEY_USE]
    sign_in = {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"}
    assert isinstance(match_decoy(record(userIdentity=federated), detection), MatchedTarget)
    assert isinstance(match_decoy(record(**sign_in, userIdentity=named), detection), MatchedTarget)
    assert isinstance(
        match_decoy(record(**sign_in, userIdentity={**named, "userName": "bob"}), detection), NotConfirmed
    )
    assert isinstance(match_decoy(record(userIdentity=named), detection), NotConfirmed)


def test_detection_without_a_decoy_touches_itself() -> None:
    touched = match_decoy(record("record-ConsoleLogin-root"), MANIFEST.detections[ROOT_USE])
    assert touched == MatchedTarget("detection", ROOT_USE, None, "us-east-1")
