"""Path L over an organization's log group: this account's records are seen as ever, another account's never."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.names import Names
from deadfall.rules.account import root_use, trail_tampering
from deadfall.rules.detection_rule import DetectionRule
from deadfall.rules.filter_pattern import MAX_FILTER_CHARACTERS, FilterPattern
from deadfall.rules.organization_trail import of_account
from deadfall.rules.secret import secret_rules

from .test_detection_rules import ACCOUNT, DEPLOYER, KEY_USE, MATCHES, PARTIAL, READ, REGION, SILENT, read

OTHER_ACCOUNT = "444455556666"
LONGEST_REGION = "ap-southeast-1"


def path_l(rule: DetectionRule, account_id: str = ACCOUNT) -> FilterPattern:
    return FilterPattern(of_account(rule, account_id).filter_pattern)


each_match = pytest.mark.parametrize(
    ("rule", "record"), [case[1:] for case in MATCHES], ids=[f"{c[1].id}: {c[0]}" for c in MATCHES]
)


@each_match
def test_a_record_of_the_account_is_seen(rule: DetectionRule, record: dict[str, Any]):
    assert path_l(rule).matches(record)
    assert path_l(rule).matches(json.dumps(record))


@each_match
def test_the_same_record_of_another_account_is_not(rule: DetectionRule, record: dict[str, Any]):
    elsewhere = {**record, "recipientAccountId": OTHER_ACCOUNT}
    assert FilterPattern(rule.filter_pattern).matches(elsewhere)  # the pin alone keeps it out
    assert not path_l(rule).matches(elsewhere)
    assert path_l(rule, OTHER_ACCOUNT).matches(elsewhere)


@each_match
def test_a_record_that_names_no_account_is_not(rule: DetectionRule, record: dict[str, Any]):
    assert not path_l(rule).matches({key: value for key, value in record.items() if key != "recipientAccountId"})


@pytest.mark.parametrize(("rule", "record"), [case[1:] for case in SILENT], ids=[f"{c[1].id}: {c[0]}" for c in SILENT])
def test_what_was_not_seen_is_not_seen_now(rule: DetectionRule, record: dict[str, Any]):
    assert not path_l(rule).matches(record)


def test_every_alternative_of_a_filter_is_pinned():
    """An `||` without brackets around it would let the last alternatives of every account in."""
    for secret_id in ("prod/billing/postgres", PARTIAL, f"{PARTIAL}-AbC123"):
        assert path_l(READ).matches(read(secret_id))
        assert not path_l(READ).matches({**read(secret_id), "recipientAccountId": OTHER_ACCOUNT})


def test_nothing_but_the_filter_changes():
    pinned = of_account(KEY_USE, ACCOUNT)
    assert pinned.filter_pattern == (
        f'{{ ($.recipientAccountId = "{ACCOUNT}") && '
        f'($.userIdentity.arn = "arn:aws:iam::{ACCOUNT}:user/svc-billing-export") }}'
    )
    assert {**vars(pinned), "filter_pattern": KEY_USE.filter_pattern} == vars(KEY_USE)


# Names as config takes them; the longest region of those that EventBridge has; the longest name of a deploy role.
@given(st.from_regex(r"[A-Za-z0-9/_+=.@-]{60,72}", fullmatch=True), st.sampled_from([REGION, LONGEST_REGION]))
def test_the_longest_secret_names_stay_within_the_quota_and_are_seen(name: str, region: str):
    partial = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}"
    deployer = Names(ACCOUNT, region, "account-audit").caller_arn(f"arn:aws:iam::{ACCOUNT}:role/{'r' * 64}")
    for rule in secret_rules("3f2a1b", name, partial, region, deployer):
        assert len(of_account(rule, ACCOUNT).filter_pattern) <= MAX_FILTER_CHARACTERS
    asked, decrypted = (path_l(rule) for rule in secret_rules("3f2a1b", name, partial, region, deployer))
    for secret_id in (name, partial, f"{partial}-AbC123"):
        assert asked.matches(read(secret_id))
        assert not asked.matches({**read(secret_id), "recipientAccountId": OTHER_ACCOUNT})
    context = {"encryptionContext": {"SecretARN": f"{partial}-AbC123"}}
    record = {**read(name), "eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "requestParameters": context}
    assert decrypted.matches(record)
    assert not decrypted.matches({**record, "recipientAccountId": OTHER_ACCOUNT})


def test_the_rules_of_the_account_stay_within_the_quota():
    for rule in (root_use((REGION,)), trail_tampering((REGION,)), KEY_USE):
        assert len(of_account(rule, ACCOUNT).filter_pattern) <= MAX_FILTER_CHARACTERS


def test_the_deploy_roles_own_reads_stay_out():
    identity = {"type": "AssumedRole", "arn": DEPLOYER.replace("*", "pulumi"), "accountId": ACCOUNT}
    assert not path_l(READ).matches({**read("prod/billing/postgres"), "userIdentity": identity})
