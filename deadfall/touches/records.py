"""Build CloudTrail's record of a call as AWS documents it.

Record contents: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
Callers: .../cloudtrail-event-reference-user-identity.html. Which services omit the parameters of denied calls, and what
their messages name: docs/aws-facts.md, denied-parameters-null, denied-parameters-kept, denied-resource-in-message and
denied-reasons. The lab writes the same records for real calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

_AT = "2026-11-21T06:07:08Z"
_ID = "00000000-0000-0000-0000-000000000000"
# Services whose records of denied calls have parameters (docs/aws-facts.md, denied-parameters-kept).
_KEEPS_DENIED_PARAMETERS = frozenset({"ec2", "s3"})


@dataclass(frozen=True)
class Caller:
    """A caller: its `userIdentity`, and the ARN that error messages name."""

    arn: str
    identity: Mapping[str, Any]


def iam_user(account_id: str, name: str) -> Caller:
    """Return an IAM user that calls with a long-term key: without a session or issuer."""
    arn = f"arn:aws:iam::{account_id}:user/{name}"
    identity = {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEEXAMPLE234",
        "arn": arn,
        "accountId": account_id,
        "accessKeyId": "AKIAEXAMPLEEXAMPLE23",
        "userName": name,
    }
    return Caller(arn, identity)


def role_session(account_id: str, role: str) -> Caller:
    arn = f"arn:aws:sts::{account_id}:assumed-role/{role}/session"
    issuer = _issuer("Role", "AROAEXAMPLEEXAMPLE234", f"arn:aws:iam::{account_id}:role/{role}", account_id, role)
    identity = {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLEEXAMPLE234:session",
        "arn": arn,
        "accountId": account_id,
        "accessKeyId": "ASIAEXAMPLEEXAMPLE23",
        "sessionContext": _session(issuer),
    }
    return Caller(arn, identity)


def user_session(account_id: str, name: str) -> Caller:
    """Return an IAM user with GetSessionToken credentials: the user itself, temporary, without an issuer."""
    user = iam_user(account_id, name)
    identity = {**user.identity, "accessKeyId": "ASIAEXAMPLEEXAMPLE23", "sessionContext": _session(None)}
    return Caller(user.arn, identity)


def federated_session(account_id: str, name: str) -> Caller:
    """Return a GetFederationToken session: a separate principal issued by the user."""
    user = iam_user(account_id, name)
    arn = f"arn:aws:sts::{account_id}:federated-user/session"
    identity = {
        "type": "FederatedUser",
        "principalId": f"{account_id}:session",
        "arn": arn,
        "accountId": account_id,
        "accessKeyId": "ASIAEXAMPLEEXAMPLE23",
        "sessionContext": _session(_issuer("IAMUser", "AIDAEXAMPLEEXAMPLE234", user.arn, account_id, name)),
    }
    return Caller(arn, identity)


def by_service(caller: Caller, service: str) -> Caller:
    """Return the caller as a service acting for it (forward access session): same principal, another key id."""
    issuer = caller.identity.get("sessionContext", {}).get("sessionIssuer")
    identity = {
        **caller.identity,
        "accessKeyId": "ASIAEXAMPLEEXAMPLE45",
        "sessionContext": _session(issuer),
        "invokedBy": f"{service}.amazonaws.com",
    }
    return Caller(caller.arn, identity)


def foreign_account(account_id: str) -> Caller:
    """Return a caller from another account, with the only details that the resource owner's record has."""
    identity = {"type": "AWSAccount", "principalId": "AIDAEXAMPLEEXAMPLE234", "accountId": account_id}
    return Caller(f"arn:aws:iam::{account_id}:user/somebody", identity)


def _issuer(kind: str, principal_id: str, arn: str, account_id: str, name: str) -> dict[str, str]:
    return {"type": kind, "principalId": principal_id, "arn": arn, "accountId": account_id, "userName": name}


def _session(issuer: Mapping[str, str] | None) -> dict[str, Any]:
    attributes = {"creationDate": _AT, "mfaAuthenticated": "false"}
    return {**({"sessionIssuer": dict(issuer)} if issuer else {}), "attributes": attributes}


@dataclass(frozen=True)
class Scene:
    """The account and region for which records are written."""

    account_id: str
    region: str

    def call(
        self,
        service: str,
        operation: str,
        caller: Caller,
        parameters: Mapping[str, Any] | None = None,
        *,
        reads: bool,
        denied: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Record:
        """Return the record of an API call; `denied` is the error message of a denied one."""
        kept = denied is None or service in _KEEPS_DENIED_PARAMETERS
        error = {"errorCode": _error_code(service), "errorMessage": denied} if denied is not None else {}
        return {
            **self._beginning(service, operation, caller),
            **error,
            "requestParameters": parameters if kept else None,
            "responseElements": None,
            **(more or {}),
            "requestID": _ID,
            "eventID": _ID,
            "readOnly": reads,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account_id,
            "eventCategory": "Management",
        }

    def sign_in(self, event_name: str, caller: Caller, *, failed: str | None = None) -> Record:
        """Return a sign-in record, without an ARN if it failed.

        .../cloudtrail-event-reference-aws-console-sign-in-events.html
        """
        unnamed = {key: value for key, value in caller.identity.items() if key != "arn"} | {"accessKeyId": ""}
        return {
            **self._beginning("signin", event_name, Caller(caller.arn, unnamed) if failed else caller),
            **({"errorMessage": failed} if failed else {}),
            "requestParameters": None,
            "responseElements": {event_name: "Failure" if failed else "Success"},
            "additionalEventData": {"MobileVersion": "No", "MFAUsed": "No"},
            "eventID": _ID,
            "readOnly": False,
            "eventType": "AwsConsoleSignIn",
            "managementEvent": True,
            "recipientAccountId": self.account_id,
            "eventCategory": "Management",
        }

    def _beginning(self, service: str, event_name: str, caller: Caller) -> dict[str, Any]:
        return {
            "eventVersion": "1.11",
            "userIdentity": caller.identity,
            "eventTime": _AT,
            "eventSource": f"{service}.amazonaws.com",
            "eventName": event_name,
            "awsRegion": self.region,
            "sourceIPAddress": caller.identity.get("invokedBy", "203.0.113.66"),
            "userAgent": caller.identity.get("invokedBy", "aws-cli/2"),
        }


def _error_code(service: str) -> str:
    return "Client.UnauthorizedOperation" if service == "ec2" else "AccessDenied"


def refusals(caller: Caller, action: str, resource: str | None) -> Sequence[str]:
    """Return AWS's messages for a call that no policy allows or that a policy denies.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    refused = f"User: {caller.arn} is not authorized to perform: {action}"
    if resource is not None:
        refused += f" on resource: {resource}"
    if action == "sts:AssumeRole":
        return (refused, f"{refused} with an explicit deny in an identity-based policy")
    return (
        f"{refused} because no identity-based policy allows the {action} action",
        f"{refused} with an explicit deny in an identity-based policy",
        f"{refused} with an explicit deny in a service control policy",
    )
