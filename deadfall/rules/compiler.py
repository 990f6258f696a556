"""Compile a rule with every back end, and record why a back end can't express it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from deadfall.patterns.condition import And, Condition

from .sigma.back_end import NotExpressibleError, Path, discover
from .sigma.deployment_facts import matches_reads, regions
from .sigma.metric_filter.patterns import cis_pattern
from .sigma.parse import RuleError
from .sigma.rule import Rule


@dataclass(frozen=True)
class CompiledRule:
    """One rule, compiled.

    `queries` maps each back end to its queries: several if one would exceed a limit, none if `gaps` gives the reason
    why the back end has none. `widenings` maps each back end whose queries match more than the rule to the reasons.
    `exact_filter` is the text that a Security Hub control requires, unless a compiled filter already equals it.
    """

    rule: Rule
    queries: Mapping[str, tuple[Any, ...]]
    exact_filter: str | None
    gaps: Mapping[str, str]
    widenings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def event_patterns(self) -> tuple[dict[str, Any], ...]:
        """The EventBridge patterns, for the event path."""
        return self.queries["eventbridge"]

    @property
    def filter_patterns(self) -> tuple[str, ...]:
        """The metric filters, for the log path."""
        return self.queries["metric-filter"]

    @property
    def supersets(self) -> tuple[Path, ...]:
        """The paths of the back ends whose queries match more than the rule."""
        return tuple(back_end.path for back_end in discover() if back_end.name in self.widenings)

    @cached_property
    def matches_reads(self) -> bool:
        """Whether a read-only event can match; the EventBridge rule then needs a special state."""
        return matches_reads(self.rule)

    def regions(self, covered: Sequence[str]) -> tuple[str, ...]:
        """Return where matching events can appear, for a deployment that covers these regions."""
        return regions(self.rule, covered)


def try_compile(rule: Rule, log_path_conditions: Sequence[Condition] = ()) -> CompiledRule:
    """Compile the rule with each back end; `gaps` has the error of each that can't express it.

    Args:
        log_path_conditions: additional conditions for metric filters.

    Raises:
        NotExpressibleError: `cis` is not a valid filter pattern.
    """
    narrowed = replace(rule, condition=And((*log_path_conditions, rule.condition))) if log_path_conditions else rule
    queries: dict[str, tuple[Any, ...]] = {}
    gaps: dict[str, str] = {}
    widenings: dict[str, tuple[str, ...]] = {}
    for back_end in discover():
        try:
            compiled = back_end.compile(narrowed if back_end.path == "L" else rule)
        except NotExpressibleError as error:
            queries[back_end.name], gaps[back_end.name] = (), str(error)
            continue
        queries[back_end.name] = compiled.queries
        if compiled.widenings:
            widenings[back_end.name] = compiled.widenings
    exact = cis_pattern(rule)
    return CompiledRule(rule, queries, None if exact in queries["metric-filter"] else exact, gaps, widenings)


def compile_rule(rule: Rule, log_path_conditions: Sequence[Condition] = ()) -> CompiledRule:
    """Compile the rule for deployment; it must declare each back end that can't express it in `deadfall.gaps`.

    A rule may also leave out a back end that would match more than the rule. A rule with a threshold may leave out the
    event path although it compiles: each counted event invokes the responder, and a flood of them would delay
    containment.

    Raises:
        NotExpressibleError: a back end can't express the rule, and the rule doesn't declare the gap.
        RuleError: the rule declares a gap that doesn't exist.
    """
    compiled = try_compile(rule, log_path_conditions)
    declared = rule.custom.gaps
    for name, why in compiled.gaps.items():
        if name not in declared:
            raise NotExpressibleError(f"{why} (or declare the gap with its reason: deadfall.gaps.{name})")
    may_leave_out = {back_end.name for back_end in discover() if rule.count and back_end.path == "E"}
    for name in declared:
        if name not in compiled.gaps and name not in compiled.widenings and name not in may_leave_out:
            raise RuleError(f"{rule.name}: deadfall.gaps.{name} is not a gap, because the rule compiles; remove it")
    return leave_out_declared_gaps(compiled)


def leave_out_declared_gaps(compiled: CompiledRule) -> CompiledRule:
    """Return the rule without the back ends that it declares in `deadfall.gaps`."""
    declared = compiled.rule.custom.gaps
    return replace(
        compiled,
        gaps={**compiled.gaps, **declared},
        queries={name: () if name in declared else made for name, made in compiled.queries.items()},
        widenings={name: why for name, why in compiled.widenings.items() if name not in declared},
    )
