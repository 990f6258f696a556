"""Parse Sigma correlations of type `event_count`, the only type supported.

Alarms and the responder's ledger count events within a window. They can't detect the absence or order of events, or
count in months, whose lengths differ.

https://sigmahq.io/sigma-specification/specification/sigma-correlation-rules-specification.html
"""

from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule

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
    if rule.timespan.unit in "My":
        raise UncountableError("correlation.timespan: months and years vary in length; use s, m, h, d or w")
    if not isinstance(rule.condition, SigmaCorrelationCondition):
        raise UncountableError("correlation.condition must be a number of events, such as gte: 5")
    at_least = _threshold(rule.condition)
    group_by = tuple(rule.group_by or ())
    for field in group_by:
        if FIELDS.get(field) == "object":
            raise UncountableError(f"correlation.group-by: {field} is an object; use a field in it")
    return Count(at_least, rule.timespan.seconds, group_by)


def _threshold(condition: SigmaCorrelationCondition) -> int:
    """Return the minimum number of events."""
    operator = condition.op.name.lower()
    if operator not in ("gte", "gt"):
        raise UncountableError(f"correlation.condition.{operator} is not supported; use gte or gt")
    if not isinstance(condition.count, int):
        raise UncountableError(
            f"correlation.condition.{operator}: {condition.count} is not a whole number of events; round it"
        )
    at_least = condition.count + (operator == "gt")
    if at_least < 1:
        raise UncountableError(
            f"correlation.condition.{operator}: {condition.count} holds without any events; use at least gte: 1"
        )
    if at_least > MOST:
        raise UncountableError(f"correlation.condition.{operator}: the responder counts to {MOST} at most; lower it")
    if condition.fieldref is not None:
        raise UncountableError("correlation.condition.field: event_count counts events, not values; remove it")
    return at_least
