"""The decision, as a table: principal and detection → plan or observation."""

from datetime import UTC, datetime
from typing import Any

import pytest

from responders.kill_switch.actions.deactivate_keys import DeactivateKeys
from responders.kill_switch.actions.deny_session import DenySession
from responders.kill_switch.actions.deny_user import DenyUser
from responders.kill_switch.actions.remove_password import RemovePassword
from responders.kill_switch.decide import Contain, Observe, decide
from responders.kill_switch.parse import Sighting, parse
from responders.kill_switch.principal import resolve
from tests.responders.kill_switch.world import (
    KEY_USE,
    MANIFEST,
    READ,
    ROLE_ID,
    ROOT_USE,
    SETTINGS,
    fixture,
    path_e,
    role_session,
    user,
)


def decided(identity: dict[str, Any], detection: str = READ) -> Contain | Observe:
    sighting = parse(
        path_e(detection, {**fixture("record-GetSecretValue"), "userIdentity": identity}), SETTINGS, MANIFEST
    )
    assert isinstance(sighting, Sighting)
    return decide(sighting, resolve(identity), SETTINGS, MANIFEST)


def observed(identity: dict[str, Any], detection: str = READ) -> tuple[str, str, bool]:
    decision = decided(identity, detection)
    assert isinstance(decision, Observe)
    assert decision.advice.endswith(".")
    return decision.status, decision.reason, decision.quiet


def test_user() -> None:
    decision = decided(user())
    assert isinstance(decision, Contain)
    assert decision.deny == DenyUser("alice", "account-audit-quarantine")
    assert decision.later == (DeactivateKeys("alice"), RemovePassword("alice"))


@pytest.mark.parametrize("name", ["identity-IAMUser-session", "identity-IAMUser-forward-access-session"])
def test_sessions_of_a_user_are_contained_as_the_user(name: str) -> None:
    assert decided(fixture(name)["userIdentity"]) == decided(user())


def test_role_session() -> None:
    # printf AROAIDPPEZS35WEXAMPLE:i-0abc123def4567890 | sha256sum | head -c 8
    decision = decided(role_session(path="/service/web/"))
    assert isinstance(decision, Contain)
    assert decision.later == ()
    assert decision.deny == DenySession(
        role_name="app-server",
        user_id=f"{ROLE_ID}:i-0abc123def4567890",
        policy_name="account-audit-quarantine-3d447e73",
        issued_by=datetime(2026, 1, 31, 11, 40, tzinfo=UTC),
    )


def test_session_of_unknown_age_was_issued_before_its_call() -> None:
    identity = role_session()
    del identity["sessionContext"]["attributes"]
    decision = decided(identity)
    assert isinstance(decision, Contain)
    assert isinstance(decision.deny, DenySession)
    assert decision.deny.issued_by == datetime(2026, 1, 31, 12, tzinfo=UTC)


DEPLOY_ROLE = "The caller is the deploy role, which reads its own decoys."
BREAK_GLASS = "The caller is on the list of protected principals (break-glass)."
AWS_OWN = "The role belongs to AWS, and IAM does not allow changes to it."


@pytest.mark.parametrize(
    ("identity", "reason", "quiet"),
    [
        (role_session("deploy", "pulumi", "/ci/"), DEPLOY_ROLE, True),
        (role_session("deploy", "pulumi"), DEPLOY_ROLE, True),
        (
            role_session("account-audit-responder", "account-audit-responder"),
            "The caller is the responder's own role. The responder never makes this call: investigate.",
            False,
        ),
        (role_session("break-glass", "anna", "/emergency/"), BREAK_GLASS, False),
        (role_session("Break-Glass", "anna", "/elsewhere/"), BREAK_GLASS, False),
        (user("break-glass"), BREAK_GLASS, False),
        (role_session("AWSServiceRoleForECS", "ecs", "/aws-service-role/ecs.amazonaws.com/"), AWS_OWN, False),
        (fixture("identity-AssumedRole-sso")["userIdentity"], AWS_OWN, False),
        (
            role_session("AWSReservedSSO_Admin_0123456789abcdef", "anna"),
            "The role AWSReservedSSO_Admin_0123456789abcdef is reserved for AWS or for the organization.",
            False,
        ),
        (
            role_session("OrganizationAccountAccessRole", "anna"),
            "The role OrganizationAccountAccessRole is reserved for AWS or for the organization.",
            False,
        ),
        (
            role_session("AWSControlTowerExecution", "anna"),
            "The role AWSControlTowerExecution is reserved for AWS or for the organization.",
            False,
        ),
        (
            role_session("stacksets-exec-1f3a", "anna"),
            "The role stacksets-exec-1f3a is reserved for AWS or for the organization.",
            False,
        ),
        (
            user("svc-billing-export"),
            "The caller is itself a decoy: it has no permissions, and its key stays active so that further use is"
            " detected.",
            False,
        ),
        (
            role_session("app-server", "x1", account="210987654321"),
            "The caller belongs to another account (210987654321).",
            False,
        ),
        (
            fixture("identity-AWSAccount")["userIdentity"],
            "The caller belongs to another account (777788889999).",
            False,
        ),
        (fixture("identity-AWSService")["userIdentity"], "The caller is an AWS service.", False),
    ],
)
def test_protected(identity: dict[str, Any], reason: str, quiet: bool) -> None:
    assert observed(identity) == ("SUPPRESSED", reason, quiet)


@pytest.mark.parametrize(
    "identity",
    [
        role_session("deployer", "pulumi", "/ci/"),
        role_session("deploy-2", "pulumi"),
        role_session("account-audit-responder2", "x1"),
        role_session("MyOrganizationAccountAccessRole", "x1"),
        role_session("stacksets-execution", "x1"),
        role_session("app-server", "deploy"),
        user("deploy"),
        user("account-audit-responder"),
        user("AWSReservedSSO_Admin"),
    ],
)
def test_not_protected(identity: dict[str, Any]) -> None:
    """Names that only look protected: a session's name, another kind of entity, a longer name."""
    assert isinstance(decided(identity), Contain)


@pytest.mark.parametrize(
    "type_",
    ["Root", "FederatedUser", "IdentityCenterUser", "SAMLUser", "WebIdentityUser", "Role", "Directory", "Unknown"],
)
def test_other_identity_types_are_observed(type_: str) -> None:
    assert observed(fixture(f"identity-{type_}")["userIdentity"]) == (
        "OBSERVED",
        f"The caller's identity type is {type_}, which is not contained automatically.",
        False,
    )


def test_unresolved_is_observed() -> None:
    status, reason, quiet = observed({**user(), "principalId": None})
    assert (status, quiet) == ("OBSERVED", False)
    assert reason == (
        "The record has no IAM user id (AIDA...), so the user can't be distinguished from a later one with the same"
        " name."
    )


def test_unresolved_deploy_role_is_not_quiet() -> None:
    identity = role_session("deploy", "pulumi", "/ci/")
    identity["principalId"] = "AROAXXXXXXXXXXXXXXXXX:pulumi"
    assert observed(identity)[0::2] == ("OBSERVED", False)


ALERTS = "This detection alerts but does not contain."


@pytest.mark.parametrize(
    ("identity", "detection", "expected"),
    [
        (user(), ROOT_USE, ("OBSERVED", ALERTS, False)),
        (fixture("identity-Root")["userIdentity"], ROOT_USE, ("OBSERVED", ALERTS, False)),
        (
            role_session("deploy", "pulumi", "/ci/"),
            ROOT_USE,
            ("OBSERVED", f"{ALERTS} The caller is the deploy role.", False),
        ),
        (
            role_session("deploy", "pulumi", "/ci/"),
            KEY_USE,
            ("OBSERVED", f"{ALERTS} The caller is the deploy role.", False),
        ),
        (user("break-glass"), ROOT_USE, ("OBSERVED", f"{ALERTS} {BREAK_GLASS}", False)),
        (
            user("svc-billing-export"),
            KEY_USE,
            (
                "OBSERVED",
                f"{ALERTS} The caller is itself a decoy: it has no permissions, and its key stays active so that"
                " further use is detected.",
                False,
            ),
        ),
    ],
)
def test_detections_that_alert(identity: dict[str, Any], detection: str, expected: tuple[str, str, bool]) -> None:
    assert observed(identity, detection) == expected
