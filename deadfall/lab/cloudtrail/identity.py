"""The caller of an API call, and CloudTrail's `userIdentity` for it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Issuer:
    """The role (or, for a federated user, the IAM user) behind temporary credentials."""

    type: Literal["Role", "IAMUser"]
    principal_id: str
    arn: str
    account_id: str
    user_name: str


@dataclass(frozen=True)
class Caller:
    """The principal behind an access key. `session_issued_at` (epoch seconds) is set for temporary credentials."""

    type: Literal["Root", "IAMUser", "AssumedRole", "FederatedUser"]
    principal_id: str
    arn: str
    account_id: str
    access_key_id: str
    user_name: str | None = None
    session_issued_at: float | None = None
    issuer: Issuer | None = None


def user_identity(caller: Caller) -> dict[str, Any]:
    """Build the `userIdentity` of a caller's own call."""
    identity: dict[str, Any] = {
        "type": caller.type,
        "principalId": caller.principal_id,
        "arn": caller.arn,
        "accountId": caller.account_id,
        "accessKeyId": caller.access_key_id,
    }
    if caller.user_name is not None:
        identity["userName"] = caller.user_name
    if caller.session_issued_at is not None:
        identity["sessionContext"] = _session_context(caller.session_issued_at, caller.issuer)
    return identity


def forwarded_identity(caller: Caller, service: str, at: datetime) -> dict[str, Any]:
    """Build the `userIdentity` of a call that a service makes for its caller, with a forward access session.

    The principal is the same, but the access key id is a temporary one (docs/aws-facts.md, forward-access-session).
    """
    session = b32encode(hashlib.sha256(f"{caller.access_key_id}:{at.isoformat()}".encode()).digest()).decode()
    identity = user_identity(caller)
    identity["accessKeyId"] = f"ASIA{session[:16]}"
    issued_at = caller.session_issued_at if caller.session_issued_at is not None else at.timestamp()
    identity["sessionContext"] = _session_context(issued_at, caller.issuer)
    identity["invokedBy"] = service
    return identity


def _session_context(issued_at: float, issuer: Issuer | None) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if issuer is not None:
        context["sessionIssuer"] = {
            "type": issuer.type,
            "principalId": issuer.principal_id,
            "arn": issuer.arn,
            "accountId": issuer.account_id,
            "userName": issuer.user_name,
        }
    created = datetime.fromtimestamp(issued_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    context["attributes"] = {"creationDate": created, "mfaAuthenticated": "false"}
    return context
