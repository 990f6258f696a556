"""Does a resource policy let an AWS service of our account in?

Stricter than IAM where a guardrail can't know: a statement with a condition that is not about the source counts as not
admitting, and a denial counts only if it has no condition.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .statements import Statement, matches

_EQUALS = frozenset(("stringequals", "stringlike", "arnequals", "arnlike"))


@dataclass(frozen=True)
class Request:
    """A service's request in the name of `source`, an ARN. `source_account` is empty where the service isn't known to
    send one, as EventBridge is not: a statement that asks for it admits nothing (EventBridge user guide,
    "Troubleshooting")."""

    service: str
    action: str
    resource: str
    source: str
    source_account: str = ""


def is_admitted(request: Request, policy: Iterable[Statement]) -> bool:
    """Whether a policy lets a request in."""
    about = [statement for statement in policy if _is_about(statement, request)]
    return any(each.allows and _conditions_met(each, request) for each in about) and not any(
        not each.allows and not each.condition for each in about
    )


def _is_about(statement: Statement, request: Request) -> bool:
    return (
        any(each in (f"Service:{request.service}", "*", "AWS:*") for each in statement.principals)
        and any(matches(action, request.action.lower()) for action in statement.actions)
        and any(matches(resource, request.resource) for resource in statement.resources)
    )


def _conditions_met(statement: Statement, request: Request) -> bool:
    return all(
        operator.lower() in _EQUALS and _is_source(key.lower(), values, request)
        for operator, keys in statement.condition.items()
        for key, values in keys.items()
    )


def _is_source(key: str, values: Any, request: Request) -> bool:
    wanted = values if isinstance(values, list) else [values]
    given = {"aws:sourcearn": request.source, "aws:sourceaccount": request.source_account}.get(key)
    return bool(given) and any(matches(str(each), str(given)) for each in wanted)
