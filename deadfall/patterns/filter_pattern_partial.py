"""Match JSON filter patterns against partial records."""

from collections.abc import Mapping

from .filter_pattern_expression import AllOf, AnyOf, Condition
from .filter_pattern_json import AnyKey, Compares, Is, Key, NotExists, Selector, Step
from .partial_record import ABSENT, Certainty, PartialRecord


def match_partial(condition: Condition, record: PartialRecord) -> Certainty:
    """Return how certainly the condition of a JSON filter pattern holds for a partial record."""
    match condition:
        case AllOf(conditions):
            return Certainty.of_all(match_partial(each, record) for each in conditions)
        case AnyOf(conditions):
            return Certainty.of_any(match_partial(each, record) for each in conditions)
        case NotExists(selector):
            found, more = _selected(selector, record)
            return Certainty.of(certain=not found and not more, possible=not found)
        case Compares(selector) | Is(selector):
            found, more = _selected(selector, record)
            return Certainty.of(certain=any(map(condition.holds, found)), possible=more)
    raise TypeError(f"{type(condition).__name__} is not a condition on a JSON record")


def _selected(selector: Selector, record: PartialRecord) -> tuple[list[object], bool]:
    """Return the values that the record shows, and whether a completion may have others."""
    found: list[object] = [record]
    more = False
    for step in selector.steps:
        more = more or any(_may_lead_further(step, container) for container in found)
        found = [value for container in found for value in step.values(container) if value is not ABSENT]
    return found, more


def _may_lead_further(step: Step, container: object) -> bool:
    """Return whether a step may lead to a value that an open object does not show."""
    if not isinstance(container, Mapping):
        return False
    return isinstance(step, AnyKey) or (isinstance(step, Key) and step.name not in container)
