"""Resolve CloudTrail's `userIdentity` to the principal that IAM can act upon.

IAM users and plain role sessions are containable; every other identity type is recognised, so that it is recorded and
told, and never acted upon. So is an identity whose facts disagree: containing the wrong principal is worse than
waiting for a human.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from . import hostile, moment
from .arn import Entity, parse_entity, parse_session

TYPES = frozenset(
    {
        "Root",
        "IAMUser",
        "AssumedRole",
        "Role",
        "FederatedUser",
        "Directory",
        "AWSAccount",
        "AWSService",
        "IdentityCenterUser",
        "SAMLUser",
        "WebIdentityUser",
        "Unknown",
    }
)

# IAM unique ids start with the kind of the entity (IAM user guide, "IAM identifiers") and have 16 to 128 characters.
_USER_ID = re.compile(r"AIDA[A-Z0-9]{12,124}")
_ROLE_ID = re.compile(r"AROA[A-Z0-9]{12,124}")


INFERRED = "A GuardDuty finding is an inference, not a record of a call, so it never triggers containment."


@dataclass(frozen=True)
class Principal:
    """Who acted. Where `unresolved` is set, it says in a sentence why nothing may be done; the rest is as
    recorded."""

    type: str
    account_id: str | None = None
    arn: str | None = None
    name: str | None = None
    """User name or role name, as IAM's API takes it: without path."""
    unique_id: str | None = None
    """CloudTrail's principalId: AIDA… of a user, AROA…:session of a role session (IAM's aws:userid)."""
    access_key_id: str | None = None
    session_name: str | None = None
    session_issued_at: datetime | None = None
    role_arn: str | None = None
    invoked_by: str | None = None
    kind: Literal["user", "role-session"] | None = None
    entity: Entity | None = None
    path: str | None = None
    unresolved: str | None = None

    @property
    def key(self) -> str:
        """What tells this principal from others, as well as the record lets us."""
        return self.unique_id or self.arn or self.access_key_id or self.type


def resolve(identity: Mapping[str, Any]) -> Principal:
    """Never raises, whatever `identity` holds."""
    recorded = _as_recorded(identity)
    match identity.get("type"):
        case "IAMUser":
            resolved = _user(recorded, identity)
        case "AssumedRole":
            resolved = _role_session(recorded, identity)
        case str(other) if other in TYPES:
            resolved = f"The caller's identity type is {other}, which is not contained automatically."
        case _:
            resolved = "The record has no known identity type."
    return resolved if isinstance(resolved, Principal) else replace(recorded, unresolved=resolved)


def of_finding(details: Mapping[str, Any], account_id: str) -> Principal:
    """Who a GuardDuty finding is about (`accessKeyDetails`), for people to read: never resolved.

    https://docs.aws.amazon.com/guardduty/latest/APIReference/API_AccessKeyDetails.html
    """
    named = _as_recorded({**details, "type": details.get("userType"), "accountId": account_id})
    return replace(named, unresolved=INFERRED)


def _as_recorded(identity: Mapping[str, Any]) -> Principal:
    def text(key: str, limit: int = 256) -> str | None:
        return hostile.bounded(identity.get(key), limit) or None

    return Principal(
        type=text("type", 32) or "(none)",
        account_id=text("accountId", 32),
        arn=text("arn", 2048),
        name=text("userName"),
        unique_id=text("principalId"),
        access_key_id=text("accessKeyId", 128),
        invoked_by=text("invokedBy"),
    )


def _user(recorded: Principal, identity: Mapping[str, Any]) -> Principal | str:
    """A user's own calls, its GetSessionToken sessions, and calls that AWS services make on its behalf: the
    permissions of all of them are the user's, so all of them are contained as the user."""
    user = parse_entity(identity.get("arn"))
    if user is None or user.kind != "user":
        return "The identity type is IAMUser, but the ARN is not that of an IAM user."
    if not isinstance(identity.get("principalId"), str) or not _USER_ID.fullmatch(identity["principalId"]):
        return (
            "The record has no IAM user id (AIDA...), so the user can't be distinguished from a later one with the"
            " same name."
        )
    if identity.get("accountId") != user.account_id or identity.get("userName") != user.name:
        return "The account or user name in the record does not match the ARN."
    return replace(recorded, kind="user", entity=user.entity, path=user.path)


def _role_session(recorded: Principal, identity: Mapping[str, Any]) -> Principal | str:
    session = parse_session(identity.get("arn"))
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    if session is None or not isinstance(context, dict) or not isinstance(issuer, dict):
        return "The identity type is AssumedRole, but the record lacks the session's ARN or the role that issued it."
    role = parse_entity(issuer.get("arn"))
    role_id = issuer.get("principalId")
    if role is None or role.kind != "role" or issuer.get("type") != "Role":
        return "The session was not issued by an IAM role."
    if not isinstance(role_id, str) or not _ROLE_ID.fullmatch(role_id):
        return (
            "The record has no IAM role id (AROA...), so the role can't be distinguished from a later one with the"
            " same name."
        )
    if identity.get("principalId") != f"{role_id}:{session.session_name}":
        return "The session's principalId does not match its role or its name."
    same_account = [session.account_id, identity.get("accountId"), issuer.get("accountId")] == [role.account_id] * 3
    if not same_account or [session.role_name, issuer.get("userName")] != [role.name] * 2:
        return "The fields of the record disagree about the account or the role name."
    attributes = context.get("attributes")
    issued_at = attributes.get("creationDate") if isinstance(attributes, dict) else None
    if issued_at is not None and moment.parse(issued_at) is None:
        return "The record has no valid session creation time."
    return replace(
        recorded,
        kind="role-session",
        name=role.name,
        session_name=session.session_name,
        session_issued_at=moment.parse(issued_at),
        role_arn=issuer["arn"],
        entity=role.entity,
        path=role.path,
    )
