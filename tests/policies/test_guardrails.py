"""Every guardrail, on the graphs of the shipped stacks and on every way to break it.

The pack runs as a process and is asked over the Analyzer protocol, so that guardrails meet what they meet under the
Pulumi CLI: proxies instead of dicts, numbers as floats, unknown values.
"""

from collections.abc import Callable

import pytest

from guardrails import pack

from .graph import Graph
from .stacks import STACKS, graph, hunting, lean
from .trying import AnalyzerOf, all_ways, caught, judged
from .way import Way

NAMES = {pack.policy_name(module) for module in pack.modules()}
WAYS = all_ways()


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(name, way, id=f"{name}: {way.title}")
        for name, ways in sorted(WAYS.items())
        for way in getattr(ways, kind)
    ]


def test_every_guardrail_is_tried_and_nothing_else():
    assert WAYS.keys() == NAMES
    for name, ways in WAYS.items():
        assert ways.violations, f"{name}: no way to violate it"
        assert bool(ways.unknown) != bool(ways.never_unknown), f"{name}: what if a value is unknown?"


@pytest.mark.parametrize(("name", "way"), _cases("violations"))
def test_a_violation_turns_exactly_that_guardrail_red(name: str, way: Way, analyzer: AnalyzerOf):
    verdicts = judged(name, way, lean, analyzer)
    assert caught(name, way, verdicts), (verdicts.red, verdicts.messages)


@pytest.mark.parametrize(("name", "way"), _cases("compliant"))
def test_what_complies_is_left_alone(name: str, way: Way, analyzer: AnalyzerOf):
    verdicts = judged(name, way, lean, analyzer)
    assert verdicts.said == (), verdicts.messages


@pytest.mark.parametrize(("name", "way"), _cases("unknown"))
def test_what_is_unknown_is_no_violation_and_is_said(name: str, way: Way, analyzer: AnalyzerOf):
    verdicts = judged(name, way, lean, analyzer)
    assert verdicts.red == set(), verdicts.messages
    assert [said for said in verdicts.said if said.policy == name and said.unknown], verdicts.messages


@pytest.mark.parametrize(("of", "stack"), [*((graph, stack) for stack in STACKS), (hunting, "minimal")])
def test_the_shipped_stacks_are_clean_and_one_that_hunts(of: Callable[[str], Graph], stack: str, analyzer: AnalyzerOf):
    whole = of(stack)
    running = analyzer(whole)
    running.configure({})
    verdicts = running.judge(whole, whole.resources)
    assert verdicts.said == (), verdicts.messages


def test_every_guardrail_looks_at_something_in_a_shipped_stack(analyzer: AnalyzerOf):
    looked: set[str] = set()
    for stack in STACKS:
        whole = graph(stack)
        running = analyzer(whole)
        running.configure({})
        looked |= running.judge(whole, whole.resources).applied
    assert looked == NAMES
