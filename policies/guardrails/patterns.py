"""Event patterns and filter patterns of a stack's rules and metric filters, and what they certainly match.

A guardrail knows only a part of an event or record. It counts a condition on the rest as not met, so that it notices a
rule that was narrowed by one more condition.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.event_pattern_operators import InvalidPattern
from deadfall.patterns.filter_pattern import FilterPattern, InvalidFilterPattern
from deadfall.patterns.partial_record import Certainty


@dataclass(frozen=True, eq=False)
class Known:
    """The known part of an event or record. Compared by identity, so that matches can be cached."""

    part: Mapping[str, Any]


@lru_cache(maxsize=4096)
def event_pattern(text: str) -> EventPattern | None:
    """Return the pattern of a rule; None if EventBridge rejects it, which detection-rule-pattern reports."""
    try:
        return EventPattern(text)
    except InvalidPattern:
        return None


@lru_cache(maxsize=4096)
def filter_pattern(text: str) -> FilterPattern | None:
    """Return the pattern of a metric filter on JSON; None for any other, which detection-filter-pattern reports."""
    try:
        pattern = FilterPattern(text)
    except InvalidFilterPattern:
        return None
    return pattern if pattern.selects_json else None


@lru_cache(maxsize=1_000_000)
def certainly_matches(pattern: EventPattern | FilterPattern, known: Known) -> bool:
    """Return whether every event or record with this known part matches, whatever else is in it."""
    return pattern.match_partial(known.part) is Certainty.CERTAIN
