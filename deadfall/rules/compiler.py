"""A rule by every back end: what can be deployed of it, and what can't be said and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from deadfall.patterns.condition import And, Condition

from .sigma.back_end import NotExpressibleError
from .sigma.deployment_facts import matches_reads, regions
from .sigma.event_bridge.patterns import patterns
from .sigma.metric_filter.patterns import cis_pattern, filter_patterns
from .sigma.parse import RuleError
from .sigma.rule import BackEnd, Rule
from .sigma.sql.archive_table import ArchiveTable
from .sigma.sql.query import query


@dataclass(frozen=True)
class CompiledRule:
    """One rule, compiled.

    `event_patterns` (path E) and `filter_patterns` (path L) are several where one would be over a limit, and empty
    where the back end is among `gaps`, which gives the reason. `exact_filter` is the text that a control of Security
    Hub looks for, unless a compiled filter is that text.
    """

    rule: Rule
    event_patterns: tuple[dict[str, Any], ...]
    filter_patterns: tuple[str, ...]
    exact_filter: str | None
    gaps: Mapping[BackEnd, str]

    @cached_property
    def matches_reads(self) -> bool:
        """Whether a read-only event can match, for which the EventBridge rule needs a state of its own."""
        return matches_reads(self.rule)

    def regions(self, covered: Sequence[str]) -> tuple[str, ...]:
        """Where events that match can appear, of a deployment that covers some regions."""
        return regions(self.rule, covered)


def try_compile(rule: Rule, on_path_l: Sequence[Condition] = ()) -> CompiledRule:
    """The rule by each back end that can say it; `gaps` has the sentence of each that can't.

    Args:
        on_path_l: what metric filters ask of a record besides.

    Raises:
        NotExpressibleError: `cis` is no filter pattern.
    """
    gaps: dict[BackEnd, str] = {}
    narrowed = replace(rule, condition=And((*on_path_l, rule.condition))) if on_path_l else rule
    event_patterns = _or_gap("eventbridge", lambda: patterns(rule), gaps)
    filters = _or_gap("metric-filter", lambda: filter_patterns(narrowed), gaps)
    _or_gap("sql", lambda: [query(rule, ArchiveTable())], gaps)
    exact = cis_pattern(rule)
    return CompiledRule(rule, event_patterns, filters, None if exact in filters else exact, gaps)


def compile_rule(rule: Rule, on_path_l: Sequence[Condition] = ()) -> CompiledRule:
    """The rule as it is deployed: what a back end can't say, the rule must declare under `deadfall.gaps`.

    A rule that counts may leave path E out though it compiles: there each event that is counted is one for the
    responder, and a flood of them would hold up what it has to contain.

    Raises:
        NotExpressibleError: a back end can't say what the rule asks, and the rule doesn't declare it.
        RuleError: the rule declares a gap that there isn't.
    """
    found = try_compile(rule, on_path_l)
    declared = rule.custom.gaps
    for back_end, why in found.gaps.items():
        if back_end not in declared:
            raise NotExpressibleError(f"{why} (or declare it: deadfall.gaps.{back_end}, with the reason)")
    for back_end in declared:
        if back_end not in found.gaps and not (rule.count and back_end == "eventbridge"):
            raise RuleError(f"{rule.name}: deadfall.gaps.{back_end} is no gap, the rule compiles; remove it")
    return replace(found, gaps=declared, event_patterns=() if "eventbridge" in declared else found.event_patterns)


def _or_gap(back_end: BackEnd, compile_: Callable[[], Sequence[Any]], gaps: dict[BackEnd, str]) -> tuple[Any, ...]:
    try:
        return tuple(compile_())
    except NotExpressibleError as error:
        gaps[back_end] = str(error)
        return ()
