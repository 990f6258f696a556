"""Fields that are text in some calls and objects in others, on both paths."""

from collections.abc import Callable
from typing import Any

import pytest

from deadfall.patterns.condition import Condition, Exists, Not, Test, Text
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.event_bridge.patterns import patterns
from deadfall.rules.sigma.metric_filter.patterns import filter_patterns
from deadfall.rules.sigma.record_fields import FIELDS
from deadfall.rules.sigma.rule import ResponseSpec, Rule

FIELD = "requestParameters.name"
IS_MINE = Test(FIELD, Text.literal("mine", cased=True))


def rule(condition: Condition) -> Rule:
    return Rule("own", "id", "Own", "high", condition, ResponseSpec())


@pytest.mark.parametrize(("name", "expected"), [("mine", True), ("yours", False), ({"mine": "mine"}, False)])
def test_a_text_is_compared_on_both_paths(name: Any, expected: bool) -> None:
    assert FIELDS[FIELD] == "text or object"
    record = {"requestParameters": {"name": name}}
    event = {"source": "aws.events", "detail-type": "AWS API Call via CloudTrail", "detail": record}
    (pattern,), (filter_pattern,) = patterns(rule(IS_MINE)), filter_patterns(rule(IS_MINE))
    assert IS_MINE.matches(record) is expected
    assert EventPattern(pattern).matches(event) is expected
    assert FilterPattern(filter_pattern).matches(record) is expected


@pytest.mark.parametrize("condition", [Not(IS_MINE), Exists(FIELD)])
@pytest.mark.parametrize("back_end", [patterns, filter_patterns])
def test_tests_that_an_object_would_change_are_rejected(back_end: Callable[[Rule], Any], condition: Condition) -> None:
    with pytest.raises(NotExpressibleError, match="may be an object"):
        back_end(rule(condition))
