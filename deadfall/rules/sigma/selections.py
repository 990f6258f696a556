"""Find the selections of a Sigma rule that its condition doesn't use."""

from collections.abc import Iterator
from typing import Any

from sigma import conditions
from sigma.rule import SigmaDetections


def unused_selections(detection: SigmaDetections) -> tuple[str, ...]:
    """Return the names of a rule's selections that none of its conditions uses; `1 of x*` uses all that it names."""
    used = {name for each in detection.parsed_condition for name in _names(each.parse(False), detection)}
    return tuple(name for name in detection.detections if name not in used)


def _names(node: Any, detection: Any) -> Iterator[str]:
    match node:
        case conditions.ConditionIdentifier():
            yield node.identifier
        case conditions.ConditionSelector():
            yield from (each.identifier for each in node.resolve_referenced_detections(detection))
        case conditions.ConditionItem():
            for inner in node.args:
                yield from _names(inner, detection)
