"""Parse Sigma correlations of type `event_count`, the only type supported.

Alarms and the responder's ledger count events within a window. They can't detect the absence or order of events, or
count in months, whose lengths differ.

https://sigmahq.io/sigma-specification/specification/sigma-correlation-rules-specification.html
"""

from collections.abc import Sequence

from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule, SigmaCorrelationTimespan

from .record_fields import FIELDS
from .rule import Count

MOST = 1000
"""Maximum threshold: for each event, the responder reads up to this many events of its window."""

_KEYS = {"type", "rules", "generate", "timespan", "group-by", "aliases", "condition"}


class UncountableError(Exception):
    """An unsupported correlation; the message is a sentence that names the key and the remedy."""


def count_of(rule: SigmaCorrelationRule) -> Count:
    """Return the threshold of a correlation.

    Raises:
        UncountableError: the correlation isn't supported.
    """
    kind = rule.type.name.lower()
    if kind != "event_count":
        raise UncountableError(f"correlation.type: {kind} is not supported; use event_count")
    if unknown := rule.custom_attributes["correlation"].keys() - _KEYS:
        raise UncountableError(f"correlation.{min(unknown)} is not a key of a correlation; remove it")
    if len(rule.aliases):
        raise UncountableError("correlation.aliases is not supported; use rules that share the same field")
    seconds = window_seconds(rule.timespan, "correlation.timespan")
    if not isinstance(rule.condition, SigmaCorrelationCondition):
        raise UncountableError("correlation.condition must be a number of events, such as gte: 5")
    at_least = threshold(rule.condition.op.name.lower(), rule.condition.count, "correlation.condition")
    if rule.condition.fieldref is not None:
        raise UncountableError("correlation.condition.field: event_count counts events, not values; remove it")
    return Count(at_least, seconds, group_fields(rule.group_by or (), "correlation.group-by"))


def threshold(operator: str, number: float, key: str) -> int:
    """Return the minimum number of events.

    Raises:
        UncountableError: the comparison isn't supported; the message begins with `key`.
    """
    if operator not in ("gte", "gt"):
        raise UncountableError(f"{key}.{operator} is not supported; use gte or gt")
    if not isinstance(number, int):
        raise UncountableError(f"{key}.{operator}: {number} is not a whole number of events; round it")
    at_least = number + (operator == "gt")
    if at_least < 1:
        raise UncountableError(f"{key}.{operator}: {number} holds without any events; use at least gte: 1")
    if at_least > MOST:
        raise UncountableError(f"{key}.{operator}: the responder counts to {MOST} at most; lower it")
    return at_least


def window_seconds(timespan: SigmaCorrelationTimespan, key: str) -> int:
    """Return the length of a window.

    Raises:
        UncountableError: the length varies.
    """
    if timespan.unit in "My":
        raise UncountableError(f"{key}: months and years vary in length; use s, m, h, d or w")
    return timespan.seconds


def group_fields(fields: Sequence[str], key: str) -> tuple[str, ...]:
    """Return the fields in which counted events agree.

    Raises:
        UncountableError: events can't be grouped by one of them.
    """
    for field in fields:
        if FIELDS.get(field) == "object":
            raise UncountableError(f"{key}: {field} is an object; use a field in it")
        if "\\" in field:
            raise UncountableError(f"{key}: {field} has a key with a dot; use another field")
    return tuple(fields)
