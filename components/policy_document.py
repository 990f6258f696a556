"""IAM policy documents as JSON text."""

import json
from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]


def policy_document(statements: Sequence[Statement]) -> str:
    """A policy document of these statements, for policies of identities, resources and keys alike."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, source_account: str | None = None) -> str:
    """Lets an AWS service assume a role.

    `source_account` limits that to calls for one account (confused deputy), where AWS documents that the service sends
    it: EventBridge does; for Lambda and CloudTrail `iam:PassRole` is the documented control.
    """
    statement: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if source_account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": source_account}}
    return policy_document([statement])


def tls_only(action: str, resources: str | list[str]) -> Statement:
    """Refuses requests that don't come over TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
