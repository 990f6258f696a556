"""Sigma correlations that can be counted: `event_count`.

An alarm and the responder's ledger count upwards within a window. They know nothing of what stays away, of the order of
events, or of months, whose lengths differ.

https://sigmahq.io/sigma-specification/specification/sigma-correlation-rules-specification.html
"""

from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule

from .record_fields import FIELDS
from .rule import Count

MOST = 1000
"""For each event the responder reads so many others of its window (responders/kill_switch/count.py)."""

_KEYS = {"type", "rules", "generate", "timespan", "group-by", "aliases", "condition"}


class UncountableError(Exception):
    """What a correlation asks for can't be counted; the text is a sentence that names the key and the mend."""


def count_of(rule: SigmaCorrelationRule) -> Count:
    """Raises UncountableError."""
    kind = rule.type.name.lower()
    if kind != "event_count":
        raise UncountableError(f"correlation.type: {kind} can't be counted; use event_count")
    if unknown := rule.custom_attributes["correlation"].keys() - _KEYS:
        raise UncountableError(f"correlation.{min(unknown)} is no key of a correlation; remove it")
    if len(rule.aliases):
        raise UncountableError("correlation.aliases can't be used; let all its rules ask for the same field")
    if rule.timespan.unit in "My":
        raise UncountableError("correlation.timespan: months and years differ in length; give s, m, h, d or w")
    if not isinstance(rule.condition, SigmaCorrelationCondition):
        raise UncountableError("correlation.condition must be a number of events, such as gte: 5; give one")
    at_least = _threshold(rule.condition)
    group_by = tuple(rule.group_by or ())
    for field in group_by:
        if FIELDS.get(field) == "object":
            raise UncountableError(f"correlation.group-by: {field} is an object; name a field in it")
    return Count(at_least, rule.timespan.seconds, group_by)


def _threshold(condition: SigmaCorrelationCondition) -> int:
    """Return how many events there must be."""
    operator = condition.op.name.lower()
    if operator not in ("gte", "gt"):
        raise UncountableError(f"correlation.condition.{operator} can't be waited for; use gte or gt")
    if not isinstance(condition.count, int):
        raise UncountableError(f"correlation.condition.{operator}: {condition.count} is no number of events; round it")
    at_least = condition.count + (operator == "gt")
    if at_least < 1:
        raise UncountableError(f"correlation.condition.{operator}: {condition.count} holds without any event; raise it")
    if at_least > MOST:
        raise UncountableError(f"correlation.condition.{operator}: the responder counts to {MOST}; lower it")
    if condition.fieldref is not None:
        raise UncountableError("correlation.condition.field: event_count counts events, not values; remove it")
    return at_least
