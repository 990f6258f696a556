"""IAM policy documents as JSON text."""

import json
from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]


def policy_document(statements: Sequence[Statement]) -> str:
    """Return the policy document with these statements, for identities, resources and keys."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> str:
    """Return the trust policy that lets an AWS service assume a role.

    It has no condition on the source: AWS documents none for these services, and a role can only be passed to a service
    in its own account (`iam:PassRole`).
    """
    return policy_document([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}])


def tls_only(action: str, resources: str | list[str]) -> Statement:
    """Return the statement that denies requests without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
