"""A rule by every back end: what can be deployed of it, and what can't be said and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from deadfall.patterns.condition import And, Condition

from .sigma.back_end import NotExpressibleError, discover
from .sigma.deployment_facts import matches_reads, regions
from .sigma.metric_filter.patterns import cis_pattern
from .sigma.parse import RuleError
from .sigma.rule import Rule


@dataclass(frozen=True)
class CompiledRule:
    """One rule, compiled.

    `queries` are by back end; there are several where one would be over a limit, and none where the back end is among
    `gaps`, which gives the reason. `exact_filter` is the text that a control of Security Hub looks for, unless a
    compiled filter is that text.
    """

    rule: Rule
    queries: Mapping[str, tuple[Any, ...]]
    exact_filter: str | None
    gaps: Mapping[str, str]

    @property
    def event_patterns(self) -> tuple[dict[str, Any], ...]:
        """The EventBridge patterns, for the event path."""
        return self.queries["eventbridge"]

    @property
    def filter_patterns(self) -> tuple[str, ...]:
        """The metric filters, for the log path."""
        return self.queries["metric-filter"]

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
    narrowed = replace(rule, condition=And((*on_path_l, rule.condition))) if on_path_l else rule
    queries: dict[str, tuple[Any, ...]] = {}
    gaps: dict[str, str] = {}
    for back_end in discover():
        try:
            queries[back_end.name] = tuple(back_end.compile(narrowed if back_end.path == "L" else rule))
        except NotExpressibleError as error:
            queries[back_end.name], gaps[back_end.name] = (), str(error)
    exact = cis_pattern(rule)
    return CompiledRule(rule, queries, None if exact in queries["metric-filter"] else exact, gaps)


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
    for name, why in found.gaps.items():
        if name not in declared:
            raise NotExpressibleError(f"{why} (or declare it: deadfall.gaps.{name}, with the reason)")
    may_leave_out = {back_end.name for back_end in discover() if rule.count and back_end.path == "E"}
    for name in declared:
        if name not in found.gaps and name not in may_leave_out:
            raise RuleError(f"{rule.name}: deadfall.gaps.{name} is no gap, the rule compiles; remove it")
    queries = {name: () if name in declared else made for name, made in found.queries.items()}
    return replace(found, gaps=declared, queries=queries)
