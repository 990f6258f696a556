"""Summarize the rules of a stack without compiling them: rules declare which back ends can't express them."""

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

    `paths` are E (event path), L (log path) and S (SQL); `regions` are those that need the EventBridge rule;
    `detections` is the number of detections made from the rule: one, or one for each decoy of its kind.
    """

    rule: Rule
    paths: tuple[str, ...]
    regions: tuple[str, ...]
    detections: int


def overview(config: StackConfig) -> list[RuleOverview]:
    """Return all rules that can match something in the stack, including those switched off in config.

    Raises:
        RuleError: a rule is invalid.
    """
    return [each for file in catalog.files() for each in _of_file(list(catalog.rules_in(file, config)), config)]


def _of_file(rules: list[tuple[Rule, Decoy | None]], config: StackConfig) -> Iterator[RuleOverview]:
    matching = [(rule, decoy) for rule, decoy in rules if not catalog.matches_nothing(rule)]
    if matching:
        rule, _ = matching[0]
        regions = [region for each, decoy in matching for region in catalog.regions_of(each, decoy, config)]
        paths = tuple(path for path, back_end in _PATHS.items() if back_end not in rule.custom.gaps)
        yield RuleOverview(rule, paths, tuple(dict.fromkeys(regions)), len(matching))
