"""Every detection, on records as CloudTrail writes them: what must match on both paths, and what must not on either."""

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deadfall.config import StackConfig
from deadfall.field_types import TELLING
from deadfall.patterns.delivered_event import event_of
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules.detection import StackDetection

from .stack import ACCOUNT, DEPLOY_ROLE, detections_of_rules, stack

REGION = "eu-west-1"
NAME = "prod/billing/postgres"
PARTIAL = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}"
FULL = f"{PARTIAL}-AbC123"
USER = f"arn:aws:iam::{ACCOUNT}:user/svc-billing-export"
DECOYS = ({"kind": "secret", "name": NAME}, {"kind": "accessKey", "userName": "svc-billing-export"})
TRAIL_TAMPERING = ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")


RULES = (
    *("decoy_secret_read", "decoy_secret_batch_read", "decoy_secret_decrypt", "decoy_key_used"),
    *("root_use", "cloudtrail_tampering"),
)


def of_stack(config: StackConfig, *names: str) -> dict[str, StackDetection]:
    """Return the detections of a stack with one decoy of each kind, by rule name."""
    return {each.rule.name: each for each in detections_of_rules(config, *names)}


DEPLOYED = of_stack(stack(decoys=DECOYS), *RULES)
READ, BATCH = DEPLOYED["decoy_secret_read"], DEPLOYED["decoy_secret_batch_read"]
DECRYPT, KEY_USE = DEPLOYED["decoy_secret_decrypt"], DEPLOYED["decoy_key_used"]
ROOT_USE, TAMPERING = DEPLOYED["root_use"], DEPLOYED["cloudtrail_tampering"]


def path_e(detection: StackDetection, record: dict[str, Any]) -> bool:
    return any(EventPattern(pattern).matches(event_of(record)) for pattern in detection.compiled.event_patterns)


def path_l(detection: StackDetection, record: dict[str, Any]) -> bool:
    """Return whether a filter matches, checking that the record matches alike as text and parsed."""
    answers = {
        any(FilterPattern(text).matches(form) for text in detection.compiled.filter_patterns)
        for form in (record, json.dumps(record))
    }
    assert len(answers) == 1
    return answers.pop()


def call(service: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEEXAMPLE234",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/ci-deployer",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLEEXAMPLE23",
            "userName": "ci-deployer",
        },
        "eventTime": "2026-11-21T06:30:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.66",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": None,
        "responseElements": None,
        "eventID": "11111111-2222-3333-4444-555555555555",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **fields,
    }


def read(secret_id: str) -> dict[str, Any]:
    return call("secretsmanager", "GetSecretValue", requestParameters={"secretId": secret_id})


def denied(secret_id: str, tail: str) -> dict[str, Any]:
    return call(
        "secretsmanager",
        "GetSecretValue",
        errorCode="AccessDenied",
        errorMessage=(
            f"User: arn:aws:iam::{ACCOUNT}:user/ci-deployer is not authorized to perform: "
            f"secretsmanager:GetSecretValue on resource: {secret_id}{tail}"
        ),
    )


NO_ALLOW = " because no identity-based policy allows the secretsmanager:GetSecretValue action"
DENY = " with an explicit deny in an identity-based policy"


def decrypt(arn: str) -> dict[str, Any]:
    context = {"SecretARN": arn, "SecretVersionId": "11111111-2222-3333-4444-555555555555"}
    return call("kms", "Decrypt", requestParameters={"encryptionContext": context})


def by(identity: dict[str, Any], service: str = "sts", name: str = "GetCallerIdentity", **fields: Any):
    return call(service, name, userIdentity=identity, **fields)


DECOY_USER = {"type": "IAMUser", "arn": USER, "accountId": ACCOUNT, "userName": "svc-billing-export"}
ROOT = {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}

MATCHES: list[tuple[str, StackDetection, dict[str, Any]]] = [
    ("by name", READ, read(NAME)),
    ("by partial ARN", READ, read(PARTIAL)),
    ("by full ARN", READ, read(FULL)),
    ("denied, by name", READ, denied(NAME, NO_ALLOW)),
    ("denied, by partial ARN", READ, denied(PARTIAL, NO_ALLOW)),
    ("denied, by full ARN", READ, denied(FULL, NO_ALLOW)),
    ("denied explicitly, by name", READ, denied(NAME, DENY)),
    ("decrypted", DECRYPT, decrypt(FULL)),
    ("the key asks who it is", KEY_USE, by(DECOY_USER)),
    (
        "the key is denied a write",
        KEY_USE,
        by(DECOY_USER, "ec2", "RunInstances", errorCode="Client.UnauthorizedOperation"),
    ),
    (
        "the key's session reads",
        KEY_USE,
        by({**DECOY_USER, "accessKeyId": "ASIAEXAMPLEEXAMPLE23"}, "s3", "ListBuckets"),
    ),
    ("root calls", ROOT_USE, by(ROOT)),
    ("root signs in", ROOT_USE, by(ROOT, "signin", "ConsoleLogin", eventType="AwsConsoleSignIn")),
    ("root acts in the console", ROOT_USE, by(ROOT, "signin", "SetSecurityQuestions", eventType="AwsConsoleAction")),
    (
        "root calls from the console",
        ROOT_USE,
        by({**ROOT, "invokedBy": "signin.amazonaws.com"}, "iam", "CreateAccessKey", readOnly=False),
    ),
    *((name, TAMPERING, call("cloudtrail", name, readOnly=False)) for name in TRAIL_TAMPERING),
]

SILENT: list[tuple[str, StackDetection, dict[str, Any]]] = [
    ("another secret by name", READ, read("prod/billing/mysql")),
    ("a secret whose name goes on without hyphen", READ, read(f"{PARTIAL}s-AbC123")),
    ("a longer name", READ, read(f"{NAME}-replica")),
    ("another account's secret", READ, read(FULL.replace(ACCOUNT, "444455556666"))),
    ("another secret denied", READ, denied("prod/billing", NO_ALLOW)),
    ("a longer name denied", READ, denied(f"{NAME}-replica", NO_ALLOW)),
    ("described, not read", READ, call("secretsmanager", "DescribeSecret", requestParameters={"secretId": NAME})),
    (
        "another service's parameter of that name",
        READ,
        call("ssm", "GetParameter", requestParameters={"secretId": NAME}),
    ),
    ("another secret decrypted", DECRYPT, decrypt(FULL.replace("postgres", "mysql"))),
    (
        "decrypted without a secret",
        DECRYPT,
        call("kms", "Decrypt", requestParameters={"encryptionContext": {"a": "b"}}),
    ),
    ("denied decrypt without parameters", DECRYPT, call("kms", "Decrypt", errorCode="AccessDenied")),
    ("another user", KEY_USE, call("sts", "GetCallerIdentity")),
    ("a user whose name goes on", KEY_USE, by({**DECOY_USER, "arn": f"{USER}er"})),
    ("AWS on behalf of root", ROOT_USE, by({**ROOT, "invokedBy": "support.amazonaws.com"})),
    ("a service event of root", ROOT_USE, by(ROOT, eventType="AwsServiceEvent")),
    ("a user", ROOT_USE, call("sts", "GetCallerIdentity")),
    ("a trail is looked at", TAMPERING, call("cloudtrail", "GetTrailStatus")),
    ("another service's StopLogging", TAMPERING, call("redshift", "StopLogging", readOnly=False)),
]


def ids(cases: list[tuple[str, StackDetection, dict[str, Any]]]) -> list[str]:
    return [f"{detection.rule.name}: {case}" for case, detection, _ in cases]


@pytest.mark.parametrize(("detection", "record"), [case[1:] for case in MATCHES], ids=ids(MATCHES))
def test_both_paths_match(detection: StackDetection, record: dict[str, Any]):
    assert path_e(detection, record)
    assert path_l(detection, record)


@pytest.mark.parametrize(("detection", "record"), [case[1:] for case in SILENT], ids=ids(SILENT))
def test_neither_path_matches(detection: StackDetection, record: dict[str, Any]):
    assert not path_e(detection, record)
    assert not path_l(detection, record)


@pytest.mark.parametrize("listed", [NAME, PARTIAL, FULL])
def test_a_batch_read_that_lists_the_secret_matches_on_the_event_path(listed: str):
    batch = call("secretsmanager", "BatchGetSecretValue", requestParameters={"secretIdList": ["prod/other", listed]})
    assert path_e(BATCH, batch)
    other = call("secretsmanager", "BatchGetSecretValue", requestParameters={"secretIdList": ["prod/other"]})
    assert not path_e(BATCH, other)


@pytest.mark.parametrize(("detection", "record"), [(READ, read(NAME)), (DECRYPT, decrypt(FULL))])
def test_reads_by_the_deploy_role_reach_the_responder_without_an_alarm(
    detection: StackDetection, record: dict[str, Any]
):
    issuer = {"type": "Role", "arn": DEPLOY_ROLE, "accountId": ACCOUNT, "userName": "deploy"}
    deployer = {"type": "AssumedRole", "accountId": ACCOUNT, "sessionContext": {"sessionIssuer": issuer}}
    assert path_e(detection, {**record, "userIdentity": deployer})
    assert not path_l(detection, {**record, "userIdentity": deployer})
    nobody = {"type": "AWSAccount", "accountId": ACCOUNT}
    assert path_l(detection, {**record, "userIdentity": nobody})


def test_an_event_put_by_a_customer_is_not_cloudtrails():
    event = {**event_of(read(NAME)), "source": "my.app"}
    assert not any(EventPattern(pattern).matches(event) for pattern in READ.compiled.event_patterns)


def test_both_paths_match_some_secrets_that_the_responder_must_exclude():
    replica = read(f"{PARTIAL}-replica-AbC123")
    assert path_e(READ, replica)
    assert path_l(READ, replica)


@settings(max_examples=10)
@given(st.from_regex(r"[A-Za-z0-9/_+=.@-]{1,71}[A-Za-z0-9/_+=.@]", fullmatch=True))
def test_the_wildcards_of_any_secret_name_are_simple_enough_for_aws(name: str):
    assume(not TELLING.search(name) and not re.search("-[A-Za-z0-9]{6}$", name))
    config = stack(decoys=[{"kind": "secret", "name": name}])
    (pattern,) = of_stack(config, "decoy_secret_read")["decoy_secret_read"].compiled.event_patterns
    wildcards = [way["wildcard"] for fields in pattern["detail"]["$or"] for way in fields.get("errorMessage", [])]
    assert len(wildcards) == 2
    EventPattern(pattern)  # which refuses what is too complex


def test_on_an_organizations_log_group_only_this_account_matches():
    trail = {"existing": {"logGroupName": "trail", "organization": True}}
    pinned = of_stack(stack(decoys=DECOYS, trail=trail), *RULES)
    for _, detection, record in MATCHES:
        name = detection.rule.name
        if name in pinned:
            elsewhere = {**record, "recipientAccountId": "444455556666"}
            nowhere = {key: value for key, value in record.items() if key != "recipientAccountId"}
            assert path_l(pinned[name], record)
            assert path_l(detection, elsewhere)  # the pin alone keeps it out
            assert not path_l(pinned[name], elsewhere)
            assert not path_l(pinned[name], nowhere)
