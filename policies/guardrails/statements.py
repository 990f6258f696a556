"""IAM and resource policy documents as guardrails read them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}


@dataclass(frozen=True)
class Statement:
    """One statement. Lists are lists even where the document has a single string; actions are in lower case, because
    IAM ignores their case. `principals` are `kind:value`, or `*`."""

    sid: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]]


def statements(document: Any) -> list[Statement]:
    """The statements of a policy document in JSON; none if there is no document.

    Raises:
        ValueError: it is not a policy document.
    """
    if not document:
        return []
    try:
        parsed = json.loads(str(document))
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(parsed, Mapping):
        raise ValueError("is not a policy document")
    found = parsed.get("Statement", [])
    return [_statement(each) for each in (found if isinstance(found, list) else [found])]


def readable_statements(document: Any) -> list[Statement]:
    """The statements of a policy document; none if it can't be read, which is another guardrail's matter."""
    try:
        return statements(document)
    except ValueError:
        return []


def matches(pattern: str, text: str) -> bool:
    """Whether an ARN or name matches a pattern of a policy document: `*` is any text, `?` one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _statement(raw: Any) -> Statement:
    # What only looks like a statement must not count as one: with another Effect it would be taken for a Deny.
    if not isinstance(raw, Mapping) or not _ELEMENTS.issuperset(raw) or raw.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("is not a policy document")
    if not _is_condition(raw.get("Condition", {})):
        raise ValueError("is not a policy document")
    return Statement(
        sid=str(raw.get("Sid", "")),
        allows=raw["Effect"] == "Allow",
        actions=tuple(action.lower() for action in _list(raw.get("Action"))),
        not_actions=tuple(action.lower() for action in _list(raw.get("NotAction"))),
        resources=_list(raw.get("Resource")),
        not_resources=_list(raw.get("NotResource")),
        principals=_principals(raw.get("Principal")),
        condition=raw.get("Condition", {}),
    )


def _is_condition(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(tests, Mapping) for tests in value.values())


def _list(value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _principals(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(f"{kind}:{each}" for kind, given in value.items() for each in _list(given))
    return _list(value)
