"""Mutations of what the responder's role is allowed."""

from collections.abc import Callable
from typing import Any

from guardrails.types import ROLE_POLICY

from .graph import Graph

QUEUE_ARN = "arn:aws:sqs:eu-west-1:111122223333:account-audit-responder-dead-letters"


def granted(**statement: Any) -> Callable[[Graph], Graph]:
    """With one more statement; what is not said of it allows to send a message to the dead-letter queue."""
    added = {"Sid": "Added", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE_ARN, **statement}
    added = {key: value for key, value in added.items() if value is not None}
    return lambda graph: graph.with_document(ROLE_POLICY, "responder", "policy", lambda found: found.append(added))


def unreadable(text: str) -> Callable[[Graph], Graph]:
    """With a text for the role's policy that is none."""
    return lambda graph: graph.having(ROLE_POLICY, "responder", "policy", text)
