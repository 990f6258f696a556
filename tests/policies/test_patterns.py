"""What guardrails say of patterns, beside the project's matchers, which AWS's own cases judge (tests/rules).

A guardrail may say less than the matcher, since it knows little of an event, but never more.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from deadfall.patterns.event_pattern import EventPattern as Matcher
from deadfall.patterns.filter_pattern import FilterPattern as FilterMatcher
from guardrails import touches
from guardrails.event_pattern import EventPattern, Value
from guardrails.filter_pattern import FilterPattern, InvalidPattern
from guardrails.types import EVENT_RULE, METRIC_FILTER, SECRET, USER

from .graph import Graph
from .stacks import STACKS, lean


class _Resource:
    """What `touches` asks of a resource."""

    def __init__(self, type: str, props: Mapping[str, Any]) -> None:
        self.resource_type, self.props = type, props


def _touches(whole: Graph, monkeypatch: pytest.MonkeyPatch) -> list[touches.Touch]:
    monkeypatch.setattr("guardrails.stack_config.get_config_env", lambda: whole.config)
    monkeypatch.setattr("pulumi.get_project", lambda: "deadfall")
    decoys = [_Resource(each.type, each.inputs) for each in whole.resources if each.type in (SECRET, USER)]
    return list(touches.of_stack(decoys))  # type: ignore[arg-type]


def _nested(event: Mapping[str, Value]) -> dict[str, Any]:
    """The event as JSON: what is certainly absent is left out, what isn't known is some text."""
    whole: dict[str, Any] = {"detail": {"eventName": "Something", "sourceIPAddress": "192.0.2.1"}}
    for path, value in event.items():
        *parents, last = path.split(".")
        inner = whole
        for parent in parents:
            inner = inner.setdefault(parent, {})
        if value is not None:
            inner[last] = value
    return whole


@pytest.mark.parametrize("stack", STACKS)
def test_rules_and_filters_match_what_guardrails_say_they_do(stack: str, monkeypatch: pytest.MonkeyPatch):
    whole = lean(stack)
    rules = [each.inputs["eventPattern"] for each in whole.all(EVENT_RULE)]
    filters = [each.inputs["pattern"] for each in whole.all(METRIC_FILTER)]
    agreed = 0
    for touch in _touches(whole, monkeypatch):
        event = _nested(touch.event)
        for text in rules:
            if EventPattern.of(text).certainly_matches(touch.event):
                assert Matcher(text).matches(event), (text, touch)
                agreed += 1
        for text in filters:
            if FilterPattern.of(text).certainly_matches(touch.record):
                assert FilterMatcher(text).matches(event["detail"]), (text, touch)
                agreed += 1
    assert agreed > 50


EVENT: dict[str, Value] = {"a": "Text", "b.c": ["x", "y"], "d": True, "e": None, "ip": "192.0.2.7"}

ALTERNATIVES = (
    "Text", "text", "x", "y", True, False, None, 1, "192.0.2.7",
    {"prefix": "Te"}, {"prefix": "te"}, {"prefix": {"equals-ignore-case": "TE"}},
    {"suffix": "xt"}, {"suffix": {"equals-ignore-case": "XT"}}, {"suffix": "XT"},
    {"equals-ignore-case": "TEXT"}, {"equals-ignore-case": "TEX"},
    {"wildcard": "T*t"}, {"wildcard": "*x*"}, {"wildcard": "Text*"}, {"wildcard": "T*a"},
    {"exists": True}, {"exists": False},
    {"anything-but": "Text"}, {"anything-but": ["x", "Text"]}, {"anything-but": "y"}, {"anything-but": {"prefix": "T"}},
    {"anything-but": {"suffix": ["xt", "x"]}}, {"anything-but": {"wildcard": "*z"}},
    {"anything-but": {"equals-ignore-case": "text"}},
    {"numeric": [">", 0]}, {"cidr": "192.0.2.0/24"}, {"cidr": "198.51.100.0/24"},
)  # fmt: skip


@pytest.mark.parametrize("alternative", ALTERNATIVES, ids=json.dumps)
@pytest.mark.parametrize("path", [*EVENT, "unheard.of"])
def test_operators_mean_what_the_matcher_says(path: str, alternative: object):
    pattern: Any = [alternative]
    for part in reversed(path.split(".")):
        pattern = {part: pattern}
    text = json.dumps(pattern)
    expected = path in EVENT and Matcher(text).matches(_nested(EVENT))
    assert EventPattern.of(text).certainly_matches(EVENT) == expected


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"$or": [{"a": ["no"]}, {"d": [True]}]}, True),
        ({"$or": [{"a": ["no"]}, {"d": [False]}]}, False),
        ({"a": ["Text"], "$or": [{"d": [False]}, {"b": {"c": ["y"]}}]}, True),
        ({"a": ["no"], "$or": [{"d": [True]}, {"b": {"c": ["y"]}}]}, False),
        ({"b": {"$or": [{"c": ["z"]}, {"c": ["x"]}]}}, True),
        ({"b.c": ["x"]}, True),
        ({"a": ["Text"], "unheard": {"of": [{"exists": False}]}}, False),
    ],
)
def test_branches(pattern: dict[str, Any], matches: bool):
    assert EventPattern.of(json.dumps(pattern)).certainly_matches(EVENT) == matches


RECORD: dict[str, Value] = {"a": "Text", "b.c": "x y", "e": None}


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("$.a = Text", True),
        ('$.a = "Text"', True),
        ("$.a = text", False),
        ('$.a = "T*"', True),
        ('$.a = "*ex*"', True),
        ('$.b.c = "x y"', True),
        ("$.a != Text", False),
        ("$.a != other", True),
        ('$.a != "T*"', False),
        ("$.e != other", False),
        ("$.e NOT EXISTS", True),
        ("$.a NOT EXISTS", False),
        ("$.a = x || $.a = Text", True),
        ("$.a = x && $.a = Text || $.e NOT EXISTS", True),
        ("$.a = x && ($.a = Text || $.e NOT EXISTS)", False),
        ("($.a = Text) && ($.b.c = x*)", True),
    ],
)
def test_conditions_mean_what_the_matcher_says(condition: str, matches: bool):
    text = f"{{ {condition} }}"
    assert FilterPattern.of(text).certainly_matches(RECORD) == matches
    assert FilterMatcher(text).matches({"a": "Text", "b": {"c": "x y"}}) == matches


@pytest.mark.parametrize(
    "condition", ["$.u NOT EXISTS", "$.u != x", "$.a IS NULL", "$.e IS NULL", "$.a IS TRUE", "$.n >= 1", "$.a = %Text%"]
)
def test_a_condition_on_what_is_not_known_is_not_met(condition: str):
    assert not FilterPattern.of(f"{{ {condition} }}").certainly_matches(RECORD)


@pytest.mark.parametrize("text", ["", "x", "{", "{}", "{ $.a }", "{ $.a = }", "{ $.a = x y }", "{ ) }", "{" * 5000])
def test_what_is_no_pattern_is_said_in_a_clause(text: str):
    with pytest.raises(InvalidPattern):
        FilterPattern.of(text)
