"""EventBridge event patterns as guardrails read them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. A guardrail knows little of an event:
what it doesn't know may be anything. So a pattern is asked whether it *certainly* matches: a condition on what isn't
known counts as not met, and a rule that was narrowed by one more condition is found out.
"""

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

API_CALL = "AWS API Call via CloudTrail"
MAX_CHARACTERS = 2048  # EventBridge's quota for PutRule

Value = str | bool | list[str] | None
"""What an event has at a path; None: the event certainly has nothing there."""

_MAX_COMBINATIONS = 1000
_OPERATORS = frozenset(
    ("prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "exists", "numeric", "cidr")
)


class InvalidPattern(ValueError):  # noqa: N818 - AWS's word; it is an error by its base
    """A text that is not an event pattern; the message says why, in words that follow "the pattern"."""


@dataclass(frozen=True)
class EventPattern:
    """`branches`: what the pattern demands, one for each combination of its $or; each has, by path such as
    `detail.eventName`, the alternatives of which one must match."""

    branches: tuple[Mapping[str, tuple[Any, ...]], ...]

    @classmethod
    def of(cls, text: object) -> "EventPattern":
        """The pattern in a rule's JSON text.

        Raises:
            InvalidPattern: EventBridge would refuse the text.
        """
        try:
            parsed = json.loads(str(text))
            if not isinstance(parsed, dict) or not parsed:
                raise InvalidPattern("is not a JSON object that demands something")
            return cls(tuple(_branches(parsed, "")))
        except json.JSONDecodeError:
            raise InvalidPattern("is not JSON") from None
        except RecursionError:
            raise InvalidPattern("is nested too deeply") from None

    def certainly_matches(self, event: Mapping[str, Value]) -> bool:
        """Whether every event with these values, whatever else it says, matches."""
        return any(
            all(path in event and admits(alternatives, event[path]) for path, alternatives in branch.items())
            for branch in self.branches
        )


def admits(alternatives: Iterable[Any], value: Value) -> bool:
    """Whether one of a field's alternatives matches a value."""
    if value is None:
        return any(_is(alternative, "exists", False) for alternative in alternatives)
    values = value if isinstance(value, list) else [value]
    return any(_matches(alternative, each) for alternative in alternatives for each in values)


def _is(alternative: Any, operator: str, operand: object) -> bool:
    return isinstance(alternative, Mapping) and alternative.get(operator) is operand


def _branches(members: Mapping[str, Any], parent: str) -> list[dict[str, tuple[Any, ...]]]:
    branches: list[dict[str, tuple[Any, ...]]] = [{}]
    for key, value in members.items():
        path = f"{parent}{key}"
        if key == "$or":
            if not isinstance(value, list) or not all(isinstance(choice, dict) for choice in value):
                raise InvalidPattern("has a $or that is not a list of objects")
            inner = [branch for choice in value for branch in _branches(choice, parent)]
        elif isinstance(value, dict):
            inner = _branches(value, f"{path}.")
        elif isinstance(value, list) and value:
            for alternative in value:
                _check(alternative, path)
            inner = [{path: tuple(value)}]
        else:
            raise InvalidPattern(f"has no list at {path}")
        branches = [{**branch, **more} for branch in branches for more in inner]
        if len(branches) > _MAX_COMBINATIONS:
            raise InvalidPattern(f"has more than {_MAX_COMBINATIONS} combinations of $or")
    return branches


def _check(alternative: Any, path: str) -> None:
    if isinstance(alternative, list):
        raise InvalidPattern(f"has a list in the list at {path}")
    if isinstance(alternative, dict) and (len(alternative) != 1 or not _OPERATORS.issuperset(alternative)):
        raise InvalidPattern(f"has an operator at {path} that EventBridge doesn't have")


def _matches(alternative: Any, value: str | bool) -> bool:
    if not isinstance(alternative, Mapping):
        return type(alternative) is type(value) and alternative == value
    ((operator, operand),) = alternative.items()
    if operator == "exists":
        return operand is True
    if operator == "anything-but":
        return not _is_one_of(operand, value)
    if not isinstance(value, str) or operator == "numeric":  # no number is ever asked about
        return False
    if operator == "cidr":
        return _in_network(value, operand)
    return _matches_text(operator, operand, value)


def _is_one_of(operand: Any, value: str | bool) -> bool:
    """Whether a value is among those that `anything-but` leaves out."""
    if isinstance(operand, Mapping):
        ((operator, texts),) = operand.items()
        return any(_matches({operator: text}, value) for text in (texts if isinstance(texts, list) else [texts]))
    return any(_matches(each, value) for each in (operand if isinstance(operand, list) else [operand]))


def _matches_text(operator: str, operand: Any, value: str) -> bool:
    if isinstance(operand, Mapping):  # {"prefix": {"equals-ignore-case": "x"}}
        operand, value = str(operand.get("equals-ignore-case", "")).lower(), value.lower()
    text = str(operand)
    match operator:
        case "prefix":
            return value.startswith(text)
        case "suffix":
            return value.endswith(text)
        case "equals-ignore-case":
            return value.lower() == text.lower()
        case _:
            pieces = (re.escape(piece) for piece in text.split("*"))
            return re.fullmatch(".*".join(pieces), value, re.DOTALL) is not None


def _in_network(value: str, operand: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(str(operand), strict=False)
    except ValueError:
        return False
