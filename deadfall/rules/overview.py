"""The rules of a stack in short. No rule is compiled: a rule declares what a back end cannot express."""

from collections.abc import Iterator
from dataclasses import dataclass

from deadfall.config import StackConfig
from deadfall.decoy import Decoy

from . import catalog
from .sigma.rule import Rule

_PATHS = {"E": "eventbridge", "L": "metric-filter", "S": "sql"}


@dataclass(frozen=True)
class RuleOverview:
    """One rule of a stack.

    `paths` are E for EventBridge, L for the metric filters of the log, S for SQL; `regions` are those that need the
    EventBridge rule; `detections` is the number of detections that the rule makes, one for each decoy of its kind.
    """

    rule: Rule
    paths: tuple[str, ...]
    regions: tuple[str, ...]
    detections: int


def overview(config: StackConfig) -> list[RuleOverview]:
    """Return all rules that have something to match in the stack, those that are switched off included.

    Raises:
        RuleError: a rule can't be used.
    """
    return [each for file in catalog.files() for each in _of_file(list(catalog.rules_in(file, config)), config)]


def _of_file(rules: list[tuple[Rule, Decoy | None]], config: StackConfig) -> Iterator[RuleOverview]:
    matching = [(rule, decoy) for rule, decoy in rules if not catalog.matches_nothing(rule)]
    if matching:
        rule, _ = matching[0]
        regions = [region for each, decoy in matching for region in catalog.regions_of(each, decoy, config)]
        paths = tuple(path for path, back_end in _PATHS.items() if back_end not in rule.custom.gaps)
        yield RuleOverview(rule, paths, tuple(dict.fromkeys(regions)), len(matching))
