"""How much supersets match beyond their rule, and that what the responder confirms is what the rule matches."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from deadfall.patterns.delivered_event import event_of
from deadfall.rules.backend_evaluation import evaluate_event_patterns, evaluate_metric_filters
from deadfall.rules.compiler import compile_rule, leave_out_declared_gaps, try_compile
from deadfall.rules.over_match import OverMatch, named_calls
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.rule import ResponseSpec

from .sigma.made import rule_of
from .sigma.test_widening import SSH_TO_THE_WORLD, opened

SSH = rule_of(SSH_TO_THE_WORLD)
RECORDS = [
    {**opened((port, network)), "awsRegion": "eu-west-1", "readOnly": False}
    for port, network in ((22, "0.0.0.0/0"), (443, "0.0.0.0/0"), (80, "10.0.0.0/8"))
]
LISTED: Mapping[str, Any] = {**RECORDS[0], "eventName": "DescribeSecurityGroups", "readOnly": True}


def test_what_the_rule_does_not_match_is_counted_by_path() -> None:
    over = OverMatch(try_compile(SSH))
    over.count([*RECORDS, LISTED])
    assert (over.matches, dict(over.extra)) == (1, {"E": 1, "L": 2})


def test_an_exact_rule_has_nothing_extra() -> None:
    over = OverMatch(try_compile(rule_of("eventSource: ec2.amazonaws.com\neventName: AuthorizeSecurityGroupIngress")))
    over.count([*RECORDS, LISTED])
    assert (over.matches, dict(over.extra)) == (3, {})


def test_reads_that_event_bridge_does_not_deliver_are_not_counted() -> None:
    compiled = try_compile(rule_of("eventSource: ec2.amazonaws.com\neventName: DeleteThing\nuserAgent|re: (a|b)"))
    assert not compiled.matches_reads
    over = OverMatch(compiled)
    over.count([{**LISTED, "eventName": "DeleteThing"}])
    assert dict(over.extra) == {"L": 1}


@pytest.mark.parametrize(
    ("detection", "calls"),
    [
        (SSH_TO_THE_WORLD, [True, True, True, False]),
        ("eventSource: ec2.amazonaws.com\nuserAgent|re: (a|b)", [True] * 4),
        ("a: {eventName: DescribeSecurityGroups}\nb: {userAgent: x}\ncondition: a and not b", [False] * 3 + [True]),
        ("a: {eventName: DescribeSecurityGroups}\nb: {userAgent: x}\ncondition: a or b", [True] * 4),
    ],
)
def test_named_calls_are_all_that_a_superset_can_match(detection: str, calls: list[bool]) -> None:
    named = named_calls(rule_of(detection))
    assert [named.condition.matches(record) for record in [*RECORDS, LISTED]] == calls


def test_the_evaluation_is_that_of_pattern_and_rule_together() -> None:
    compiled = try_compile(SSH)
    assert compiled.supersets == ("E", "L")
    assert evaluate_event_patterns(compiled, [event_of(record) for record in RECORDS]) == [True, False, False]
    assert evaluate_metric_filters(compiled, RECORDS) == [True, False, False]


def test_a_superset_may_be_left_out() -> None:
    """Unlike an exact query, since it costs something."""
    declared = replace(SSH, custom=ResponseSpec(gaps={"metric-filter": "too many"}))
    compiled = compile_rule(declared)
    assert (compiled.supersets, compiled.filter_patterns) == (("E",), ())
    assert leave_out_declared_gaps(try_compile(declared)) == compiled


def test_an_undeclared_gap_stays_an_error() -> None:
    with pytest.raises(NotExpressibleError, match="or declare the gap with its reason"):
        compile_rule(rule_of("errorMessage|re: (a|b)"))
