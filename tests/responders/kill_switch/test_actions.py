"""Each action against IAM: what it changes, that it is idempotent, what it verifies, and how it is taken back."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from responders.kill_switch.actions import Check, Done, Inverse
from responders.kill_switch.actions.deactivate_keys import DeactivateKeys
from responders.kill_switch.actions.deny_session import DenySession
from responders.kill_switch.actions.deny_user import DenyUser
from responders.kill_switch.actions.remove_password import RemovePassword
from responders.kill_switch.quarantine import Found
from tests.responders.kill_switch.world import ROLE_ID, Account

INCIDENT, EARLIER = "20260131T120000Z-0123456789ab", "20260130T090000Z-ba9876543210"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DENY_ALL = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Incident20260131T120000Z0123456789ab", "Effect": "Deny", "Action": "*", "Resource": "*"},
    ],
}

USER = DenyUser("alice", "account-audit-quarantine")
SESSION = DenySession("app-server", f"{ROLE_ID}:i-0abc123def4567890", "account-audit-quarantine-12345678", NOON)


def denied_session(until: str, incident: str = "20260131T120000Z0123456789ab") -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": f"Incident{incident}",
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"aws:userid": f"{ROLE_ID}:i-0abc123def4567890"},
                    "DateLessThan": {"aws:TokenIssueTime": until},
                },
            }
        ],
    }


def run(action: DenyUser | DenySession, account: Account, at: datetime = NOON, incident: str = INCIDENT) -> Done:
    return action.run(account.aws.iam, action.find(account.aws.iam), incident, at)


def test_deny_user(account: Account) -> None:
    iam = account.aws.iam
    assert USER.find(iam) == Found()
    assert not USER.verify(iam)
    assert run(USER, account) == Done("done", "inline policy account-audit-quarantine denies everything")
    assert account.user_policies() == {"account-audit-quarantine": DENY_ALL}
    assert USER.verify(iam)
    assert run(USER, account, incident=EARLIER).outcome == "already"
    assert account.user_policies() == {"account-audit-quarantine": DENY_ALL}


def test_deny_user_replaces_a_policy_that_somebody_weakened(account: Account) -> None:
    run(USER, account)
    weakened = json.loads(json.dumps(DENY_ALL))
    weakened["Statement"][0]["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    account.aws.iam.put_user_policy(UserName="alice", PolicyName=USER.policy_name, PolicyDocument=json.dumps(weakened))
    assert USER.find(account.aws.iam).foreign
    assert not USER.verify(account.aws.iam)
    assert run(USER, account).outcome == "done"
    assert account.user_policies() == {"account-audit-quarantine": DENY_ALL}


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Allow"},
        {"Action": "s3:*"},
        {"Action": ["*"]},
        {"Resource": "arn:aws:s3:::x"},
        {"Sid": "Quarantine"},
    ],
)
def test_only_our_exact_policy_counts_as_ours(account: Account, change: dict[str, str]) -> None:
    document = {**DENY_ALL, "Statement": [{**DENY_ALL["Statement"][0], **change}]}
    account.aws.iam.put_user_policy(UserName="alice", PolicyName=USER.policy_name, PolicyDocument=json.dumps(document))
    assert USER.find(account.aws.iam).foreign
    assert not USER.verify(account.aws.iam)


def test_deny_session(account: Account) -> None:
    iam = account.aws.iam
    assert not SESSION.verify(iam)
    assert run(SESSION, account).outcome == "done"
    assert account.role_policies() == {SESSION.policy_name: denied_session("2026-01-31T12:01:00Z")}
    assert SESSION.verify(iam)
    assert run(SESSION, account, at=NOON.replace(hour=13)).outcome == "already"
    assert account.role_policies() == {SESSION.policy_name: denied_session("2026-01-31T12:01:00Z")}


def test_newer_token_of_the_same_session_moves_the_date(account: Account) -> None:
    run(SESSION, account)
    assumed_again = DenySession(SESSION.role_name, SESSION.user_id, SESSION.policy_name, NOON.replace(hour=14))
    assert not assumed_again.verify(account.aws.iam)
    later = NOON.replace(hour=14, minute=5)
    assert run(assumed_again, account, at=later, incident="20260131T140000Z-ffffffffffff").outcome == "done"
    # The first incident stays named: its prior state is the true one.
    assert account.role_policies() == {SESSION.policy_name: denied_session("2026-01-31T14:06:00Z")}


def test_policy_of_another_session_is_foreign(account: Account) -> None:
    run(SESSION, account)
    other = DenySession(SESSION.role_name, f"{ROLE_ID}:other", SESSION.policy_name, NOON)
    assert other.find(account.aws.iam).foreign
    assert not other.verify(account.aws.iam)


def test_deactivate_keys(account: Account) -> None:
    action = DeactivateKeys("alice")
    before = account.access_keys()
    active = next(key_id for key_id, status in before.items() if status == "Active")
    assert sorted(before.values()) == ["Active", "Inactive"]
    assert not action.verify(account.aws.iam)
    assert action.run(account.aws.iam) == Done("done", f"deactivated {active}")
    assert set(account.access_keys().values()) == {"Inactive"}
    assert action.verify(account.aws.iam)
    assert action.run(account.aws.iam) == Done("already", "no active access key")


def test_remove_password(account: Account) -> None:
    action = RemovePassword("alice")
    assert not action.verify(account.aws.iam)
    assert action.run(account.aws.iam) == Done("done", "console password deleted")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        account.aws.iam.get_login_profile(UserName="alice")
    assert action.verify(account.aws.iam)
    assert action.run(account.aws.iam) == Done("already", "no console password")


@pytest.mark.parametrize("operation", ["GetLoginProfile", "DeleteLoginProfile"])
def test_refusals_are_not_taken_for_absence(account: Account, operation: str) -> None:
    account.refuse(account.aws.iam, operation, "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        RemovePassword("alice").run(account.aws.iam)


def test_password_that_is_deleted_meanwhile(account: Account) -> None:
    account.refuse(account.aws.iam, "DeleteLoginProfile", "NoSuchEntity")
    assert RemovePassword("alice").run(account.aws.iam) == Done("already", "no console password")


NAMES = "--user-name alice --policy-name account-audit-quarantine"
ROLE_NAMES = "--role-name app-server --policy-name account-audit-quarantine-12345678"
KEYS = [{"id": "AKIA1", "status": "Active"}, {"id": "AKIA2", "status": "Inactive"}]


def test_inverses() -> None:
    assert USER.inverse({"replaced_policy": None}) == Inverse((f"aws iam delete-user-policy {NAMES}",))
    assert SESSION.inverse({"replaced_policy": None}) == Inverse((f"aws iam delete-role-policy {ROLE_NAMES}",))
    assert USER.inverse({"replaced_policy": "{}"}) == Inverse(
        (f"aws iam put-user-policy {NAMES} --policy-document file://account-audit-quarantine.json",),
        "First save replaced_policy from the prior state to that file.",
    )
    assert SESSION.inverse({"replaced_policy": "{}"}).commands == (
        f"aws iam put-role-policy {ROLE_NAMES} --policy-document file://account-audit-quarantine-12345678.json",
    )
    assert DeactivateKeys("alice").inverse({"access_keys": KEYS}) == Inverse(
        ("aws iam update-access-key --user-name alice --access-key-id AKIA1 --status Active",),
        "AWS advises against reactivating a key that may be stolen: issue a new one instead.",
    )
    assert DeactivateKeys("alice").inverse({"access_keys": KEYS[1:]}) == Inverse(
        note="Nothing to undo: no access key was active before."
    )
    assert RemovePassword("alice").inverse({"login_profile": {}}) == Inverse(
        note="Can't be undone: IAM can't restore a password. Set a new one (aws iam create-login-profile)."
    )
    assert RemovePassword("alice").inverse({"login_profile": None}) == Inverse(
        note="Nothing to undo: there was no console password."
    )


def test_checks() -> None:
    assert [action.check() for action in (USER, SESSION, DeactivateKeys("alice"), RemovePassword("alice"))] == [
        Check(f"aws iam get-user-policy {NAMES}", "Effect Deny, Action *, Resource *, no condition"),
        Check(
            f"aws iam get-role-policy {ROLE_NAMES}",
            "Effect Deny, Action *, Resource *, for this aws:userid and its older tokens",
        ),
        Check("aws iam list-access-keys --user-name alice", "every key Inactive"),
        Check("aws iam get-login-profile --user-name alice", "NoSuchEntity"),
    ]
