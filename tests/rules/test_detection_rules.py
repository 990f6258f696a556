"""Every detection, on records as CloudTrail writes them: what must match on both paths, and what must not on either."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.rules.access_key import access_key_rule
from deadfall.rules.account import TRAIL_TAMPERING, root_use, trail_tampering
from deadfall.rules.detection_rule import DetectionRule
from deadfall.rules.event_pattern import MAX_PATTERN_CHARACTERS, EventPattern
from deadfall.rules.filter_pattern import MAX_FILTER_CHARACTERS, FilterPattern
from deadfall.rules.secret import secret_rules
from deadfall.rules.wildcard_complexity import wildcard_complexity

ACCOUNT, REGION = "111122223333", "eu-west-1"
NAME = "prod/billing/postgres"
PARTIAL = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}"
FULL = f"{PARTIAL}-AbC123"
USER = f"arn:aws:iam::{ACCOUNT}:user/svc-billing-export"
DEPLOYER = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/*"
READ, DECRYPT = secret_rules("3f2a1b", NAME, PARTIAL, REGION, DEPLOYER)
KEY_USE = access_key_rule("9c8d7e", "svc-billing-export", USER, (REGION, "us-east-1"))
ROOT_USE, TAMPERING = root_use((REGION,)), trail_tampering((REGION,))


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

MATCHES: list[tuple[str, DetectionRule, dict[str, Any]]] = [
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
    *((name, TAMPERING, call("cloudtrail", name, readOnly=False)) for name in TRAIL_TAMPERING),
]

SILENT: list[tuple[str, DetectionRule, dict[str, Any]]] = [
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


def as_event(record: dict[str, Any]) -> dict[str, Any]:
    kinds = {
        "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
        "AwsServiceEvent": "AWS Service Event via CloudTrail",
    }
    return {
        "version": "0",
        "id": "0c8e9d4e-0000-0000-0000-000000000000",
        "detail-type": kinds.get(record["eventType"], "AWS API Call via CloudTrail"),
        "source": "aws." + record["eventSource"].removesuffix(".amazonaws.com"),
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


@pytest.mark.parametrize(
    ("rule", "record"), [case[1:] for case in MATCHES], ids=[f"{c[1].id}: {c[0]}" for c in MATCHES]
)
def test_both_paths_see(rule: DetectionRule, record: dict[str, Any]):
    assert EventPattern(rule.event_pattern).matches(as_event(record))
    assert FilterPattern(rule.filter_pattern).matches(record)
    assert FilterPattern(rule.filter_pattern).matches(json.dumps(record))


@pytest.mark.parametrize(("rule", "record"), [case[1:] for case in SILENT], ids=[f"{c[1].id}: {c[0]}" for c in SILENT])
def test_neither_path_sees(rule: DetectionRule, record: dict[str, Any]):
    assert not EventPattern(rule.event_pattern).matches(as_event(record))
    assert not FilterPattern(rule.filter_pattern).matches(record)


@pytest.mark.parametrize("listed", [NAME, PARTIAL, FULL])
def test_a_batch_read_that_lists_the_secret_is_seen_by_path_e(listed: str):
    batch = call("secretsmanager", "BatchGetSecretValue", requestParameters={"secretIdList": ["prod/other", listed]})
    assert EventPattern(READ.event_pattern).matches(as_event(batch))
    other = call("secretsmanager", "BatchGetSecretValue", requestParameters={"secretIdList": ["prod/other"]})
    assert not EventPattern(READ.event_pattern).matches(as_event(other))


def test_reads_of_the_deploy_role_reach_the_responder_but_do_not_ring_the_alarm():
    identity = {"type": "AssumedRole", "arn": DEPLOYER.replace("*", "pulumi"), "accountId": ACCOUNT}
    for rule, record in ((READ, read(NAME)), (DECRYPT, decrypt(FULL))):
        own = {**record, "userIdentity": identity}
        assert EventPattern(rule.event_pattern).matches(as_event(own))
        assert not FilterPattern(rule.filter_pattern).matches(own)
        nobody = {**record, "userIdentity": {"type": "AWSAccount", "accountId": ACCOUNT}}
        assert FilterPattern(rule.filter_pattern).matches(nobody)


def test_an_event_put_by_a_customer_is_not_cloudtrails():
    event = {**as_event(read(NAME)), "source": "my.app"}
    assert not EventPattern(READ.event_pattern).matches(event)


def test_what_both_paths_take_in_too_much_the_responder_must_sort_out():
    replica = read(f"{PARTIAL}-replica-AbC123")
    assert EventPattern(READ.event_pattern).matches(as_event(replica))
    assert FilterPattern(READ.filter_pattern).matches(replica)


@given(st.from_regex(r"[A-Za-z0-9/_+=.@-]{1,72}", fullmatch=True))
def test_the_wildcards_of_any_secret_name_are_as_simple_as_aws_is_known_to_accept(name: str):
    partial = f"arn:aws:secretsmanager:ap-southeast-1:{ACCOUNT}:secret:{name}"
    rule, _ = secret_rules("3f2a1b", name, partial, "ap-southeast-1", DEPLOYER)
    ways = rule.event_pattern["detail"]["$or"]
    wildcards = [way["wildcard"] for fields in ways for way in fields.get("errorMessage", [])]
    assert len(wildcards) == 2
    assert wildcard_complexity([text] for text in wildcards) <= 7


def test_rules_that_can_match_reads_say_so():
    assert {rule.id: rule.matches_reads for rule in (READ, DECRYPT, KEY_USE, ROOT_USE, TAMPERING)} == {
        "access-3f2a1b": True,
        "decrypt-3f2a1b": True,
        "activity-9c8d7e": True,
        "root-use": True,
        "trail-change": False,
    }


def test_the_longest_names_stay_within_the_quotas():
    name = "n" * 72
    partial = f"arn:aws:secretsmanager:ap-southeast-1:{ACCOUNT}:secret:{name}"
    deployer = f"arn:aws:sts::{ACCOUNT}:assumed-role/{'r' * 64}/*"
    user = "u" * 64
    rules = [
        *secret_rules("3f2a1b", name, partial, "ap-southeast-1", deployer),
        access_key_rule("3f2a1b", user, f"arn:aws:iam::{ACCOUNT}:user/{user}", (REGION,)),
    ]
    for rule in rules:
        assert len(json.dumps(rule.event_pattern)) <= MAX_PATTERN_CHARACTERS
        assert len(rule.filter_pattern) <= MAX_FILTER_CHARACTERS, rule.id
