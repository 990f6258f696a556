"""Count the events that a superset of a rule sends to the responder although the rule doesn't match them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deadfall.patterns.condition import And, Condition, Or, Test
from deadfall.patterns.delivered_event import event_of
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.patterns.normal_form import normal_form

from .compiler import CompiledRule
from .coverage.deployment import WITH_READS, is_delivered
from .sigma.back_end import Path
from .sigma.rule import Rule

_NAMES = ("eventSource", "eventName")


def named_calls(rule: Rule) -> Rule:
    """Return a rule that matches whatever a superset of this one can match: all calls that it names."""
    return replace(rule, condition=normal_form(_names_only(normal_form(rule.condition))), count=None)


def _names_only(condition: Condition) -> Condition:
    match condition:
        case And(of):
            return And(tuple(map(_names_only, of)))
        case Or(of):
            return Or(tuple(map(_names_only, of)))
        case Test(field=name) if name in _NAMES:
            return condition
    return And(())


@dataclass
class OverMatch:
    """How many records a rule matches, and how many more the queries of each path do.

    The event path sends each to the responder. The log path's alarm sends all of a minute at once.
    """

    compiled: CompiledRule
    matches: int = 0
    extra: Counter[Path] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._patterns = [EventPattern(each) for each in self.compiled.event_patterns]
        self._filters = [FilterPattern(each) for each in self.compiled.filter_patterns]

    def count(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            if self.compiled.rule.condition.matches(record):
                self.matches += 1
            else:
                self.extra.update(path for path in self.compiled.supersets if self._reaches_responder(path, record))

    def _reaches_responder(self, path: Path, record: Mapping[str, Any]) -> bool:
        if path == "L":
            return any(each.matches(record) for each in self._filters)
        event = event_of(record)
        state = WITH_READS if self.compiled.matches_reads else "ENABLED"
        return is_delivered(state, event) and any(each.matches(event) for each in self._patterns)
