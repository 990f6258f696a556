"""IAM policy documents as JSON text."""

import json
from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]


def policy_document(statements: Sequence[Statement]) -> str:
    """A policy document of these statements, for policies of identities, resources and keys alike."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> str:
    """Lets an AWS service assume a role. No condition on the source: AWS documents none for these services, and a role
    can be handed to a service in its own account only (`iam:PassRole`)."""
    return policy_document([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}])


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
