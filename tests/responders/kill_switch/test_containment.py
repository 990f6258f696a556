"""Carrying out a plan: order, partial failure, prior state, namesakes. Never half-acting silently."""

import json
from typing import Any

import pytest

from responders.kill_switch.containment import Containment, PriorStateError, contain
from responders.kill_switch.decide import Contain, decide
from responders.kill_switch.parse import Sighting, parse
from responders.kill_switch.principal import resolve
from responders.kill_switch.quarantine import Found
from tests.responders.kill_switch.world import (
    MANIFEST,
    READ,
    ROLE_ID,
    SETTINGS,
    USER_ID,
    Account,
    fixture,
    intercept,
    path_e,
    role_session,
    user,
)

INCIDENT = "20260131T120000Z-0123456789ab"


class Keep:
    """A prior state store that can be made to fail."""

    def __init__(self, trouble: str | None = None) -> None:
        self.kept: list[Found] = []
        self.trouble = trouble

    def __call__(self, found: Found) -> dict[str, Any]:
        if self.trouble:
            raise PriorStateError(self.trouble)
        self.kept.append(found)
        return {"replaced_policy": found.text if found.foreign else None, "access_keys": [], "login_profile": None}


def contained(account: Account, identity: dict[str, Any] | None = None, keep: Keep | None = None) -> Containment:
    identity = identity or user()
    sighting = parse(path_e(READ, {**fixture("record-GetSecretValue"), "userIdentity": identity}), SETTINGS, MANIFEST)
    assert isinstance(sighting, Sighting)
    principal = resolve(identity)
    plan = decide(sighting, principal, SETTINGS, MANIFEST)
    assert isinstance(plan, Contain)
    return contain(plan, principal, INCIDENT, account.aws.iam, keep or Keep(), account.clock)


def outcomes(containment: Containment) -> dict[str, tuple[str, bool]]:
    return {result.action: (result.outcome, result.verified) for result in containment.results}


DONE, ALREADY, FAILED, SKIPPED = ("done", True), ("already", True), ("failed", False), ("skipped", False)


def test_contained_and_contained_again(account: Account) -> None:
    first, second = contained(account), contained(account)
    assert outcomes(first) == {"deny-user": DONE, "deactivate-keys": DONE, "remove-password": DONE}
    assert outcomes(second) == {"deny-user": ALREADY, "deactivate-keys": ALREADY, "remove-password": ALREADY}
    assert (first.status, second.status) == ("CONTAINED", "CONTAINED")


def test_deny_comes_first_then_the_prior_state_then_the_rest(account: Account) -> None:
    order: list[str] = []

    def note(name: str) -> Any:
        return lambda _: order.append(name) or {}

    for operation in ("PutUserPolicy", "UpdateAccessKey", "DeleteLoginProfile"):
        intercept(account.aws.iam, operation, note(operation))

    class Noting(Keep):
        def __call__(self, found: Found) -> dict[str, Any]:
            order.append("keep")
            return super().__call__(found)

    contained(account, keep=Noting())
    assert order == ["PutUserPolicy", "keep", "UpdateAccessKey", "DeleteLoginProfile"]


def test_foreign_policy_under_our_name_is_kept_before_it_is_replaced(account: Account) -> None:
    foreign = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    put = {"UserName": "alice", "PolicyName": "account-audit-quarantine"}
    account.aws.iam.put_user_policy(**put, PolicyDocument=json.dumps(foreign))
    keep = Keep()
    result = contained(account, keep=keep)
    assert [json.loads(found.text or "") for found in keep.kept] == [foreign]
    assert result.status == "CONTAINED"
    assert result.results[0].inverse.commands[0].startswith("aws iam put-user-policy ")
    assert account.user_policies()["account-audit-quarantine"]["Statement"][0]["Effect"] == "Deny"


def test_foreign_policy_that_can_not_be_kept_is_not_replaced(account: Account) -> None:
    foreign = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    put = {"UserName": "alice", "PolicyName": "account-audit-quarantine"}
    account.aws.iam.put_user_policy(**put, PolicyDocument=json.dumps(foreign))
    result = contained(account, keep=Keep("the ledger can't be reached"))
    assert outcomes(result) == {"deny-user": FAILED, "deactivate-keys": SKIPPED, "remove-password": SKIPPED}
    assert result.status == "FAILED"
    assert account.user_policies() == {"account-audit-quarantine": foreign}


def test_without_prior_state_only_the_deny(account: Account) -> None:
    before = account.access_keys()
    result = contained(account, keep=Keep("the ledger can't be reached: timeout"))
    assert outcomes(result) == {"deny-user": DONE, "deactivate-keys": SKIPPED, "remove-password": SKIPPED}
    assert result.status == "PARTIAL"
    assert result.results[1].detail == "The prior state could not be stored: the ledger can't be reached: timeout"
    assert account.access_keys() == before


@pytest.mark.parametrize(
    ("operation", "code", "failed", "status", "said"),
    [
        ("PutUserPolicy", "AccessDenied", "deny-user", "FAILED", "PutUserPolicy refused: AccessDenied"),
        ("PutUserPolicy", "LimitExceeded", "deny-user", "FAILED", "size limit"),
        ("GetUserPolicy", "Throttling", "deny-user", "FAILED", "GetUserPolicy refused: Throttling"),
        ("UpdateAccessKey", "AccessDenied", "deactivate-keys", "PARTIAL", "UpdateAccessKey refused"),
        ("DeleteLoginProfile", "EntityTemporarilyUnmodifiable", "remove-password", "PARTIAL", "Temporarily"),
        ("UpdateAccessKey", "NoSuchEntity", "deactivate-keys", "PARTIAL", "or IAM does not show it yet"),
    ],
)
def test_goes_on_after_a_failure(
    account: Account, operation: str, code: str, failed: str, status: str, said: str
) -> None:
    account.refuse(account.aws.iam, operation, code)
    result = contained(account)
    expected = {"deny-user": DONE, "deactivate-keys": DONE, "remove-password": DONE, failed: FAILED}
    assert outcomes(result) == expected
    assert result.status == status
    assert said in next(r.detail for r in result.results if r.action == failed)


def test_what_reading_again_does_not_show_is_not_verified(account: Account) -> None:
    """The policy is removed at once: the call succeeded, but the containment did not."""
    intercept(account.aws.iam, "PutUserPolicy", lambda _: {"ok": True})
    result = contained(account)
    assert outcomes(result)["deny-user"] == ("done", False)
    assert result.status == "FAILED"


def test_verification_that_is_refused_is_not_verified(account: Account) -> None:
    account.refuse(account.aws.iam, "GetLoginProfile", "AccessDenied")
    result = contained(account)
    assert outcomes(result) == {"deny-user": DONE, "deactivate-keys": DONE, "remove-password": FAILED}


@pytest.mark.parametrize(
    ("operation", "identity"), [("GetUser", user()), ("GetRole", role_session())], ids=["user", "role"]
)
def test_principal_that_iam_does_not_show_is_denied_all_the_same(
    account: Account, operation: str, identity: dict[str, Any]
) -> None:
    """IAM is eventually consistent: one stale read must not leave the caller uncontained."""
    account.refuse(account.aws.iam, operation, "NoSuchEntity")
    result = contained(account, identity)
    assert result.status == "CONTAINED"
    assert set(outcomes(result).values()) == {DONE}
    assert len(account.user_policies() | account.role_policies()) == 1


def test_deleted_role_is_not_called_contained(account: Account) -> None:
    result = contained(account, role_session("deleted-since"))
    assert (result.status, outcomes(result)) == ("FAILED", {"deny-session": FAILED})
    assert "It was deleted, or IAM does not show it yet" in result.results[0].detail


@pytest.mark.parametrize(
    ("identity", "gone"),
    [
        (
            user(user_id="AIDAOLDERUSEREXAMPLE1"),
            f"The user that made the call no longer exists. The user that now has its name ({USER_ID}) was left"
            " unchanged.",
        ),
        (
            role_session(role_id="AROAOLDERROLEEXAMPLE1"),
            f"The role that made the call no longer exists. The role that now has its name ({ROLE_ID}) was left"
            " unchanged.",
        ),
    ],
)
def test_namesake_is_not_touched(account: Account, identity: dict[str, Any], gone: str) -> None:
    """The principal was deleted, and another was created with its name since."""
    before = account.access_keys()
    result = contained(account, identity)
    assert (result.status, result.gone, result.results) == ("OBSERVED", gone, ())
    assert (account.user_policies(), account.role_policies(), account.access_keys()) == ({}, {}, before)


def test_unreadable_identity_does_not_stop_the_deny(account: Account) -> None:
    account.refuse(account.aws.iam, "GetUser", "AccessDenied")
    assert contained(account).status == "CONTAINED"


def test_role_session(account: Account) -> None:
    result = contained(account, role_session())
    assert outcomes(result) == {"deny-session": DONE}
    assert result.status == "CONTAINED"
    assert list(account.role_policies()) == ["account-audit-quarantine-3d447e73"]


def test_full_role(account: Account) -> None:
    account.refuse(account.aws.iam, "PutRolePolicy", "LimitExceeded")
    result = contained(account, role_session())
    assert result.status == "FAILED"
    assert "AWSDenyAll by hand" in result.results[0].detail


@pytest.mark.parametrize(("refusals", "outcome"), [(2, DONE), (3, FAILED)])
def test_a_change_that_meets_another_is_tried_again(account: Account, refusals: int, outcome: tuple[str, bool]) -> None:
    left = [{"Error": {"Code": "ConcurrentModification", "Message": "try again"}}] * refusals
    intercept(account.aws.iam, "PutUserPolicy", lambda _: left.pop() if left else {})
    assert outcomes(contained(account))["deny-user"] == outcome
