"""An index of patterns finds what comparing an event with every pattern finds, and compares it with few."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadfall.patterns import event_pattern_index
from deadfall.patterns.delivered_event import event_of
from deadfall.patterns.event_pattern import EventPattern, InvalidPattern
from deadfall.patterns.event_pattern_index import EventPatternIndex
from deadfall.patterns.event_pattern_operators import number
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.patterns.filter_pattern_index import FilterPatternIndex
from deadfall.rules import catalog
from deadfall.stack_files import config_of
from tests.oracle.events import event
from tests.oracle.json_text import render
from tests.oracle.patterns import pattern
from tests.patterns.test_partial_record import CONDITIONS, EVENT_PATTERNS, OBJECTS
from tests.rules.benchmark import month


def _one_by_one(patterns: list[Any], subject: Any) -> list[int]:
    return [position for position, each in enumerate(patterns) if each.matches(subject)]


def _compiled(written: Any) -> EventPattern:
    return EventPattern(written)


def _valid(text: str) -> EventPattern | None:
    try:
        return EventPattern(text)
    except InvalidPattern:
        return None


@settings(max_examples=60)
@given(st.lists(EVENT_PATTERNS.map(_compiled), max_size=4), OBJECTS)
def test_event_patterns_by_index_and_one_by_one(patterns: list[EventPattern], subject: dict[str, Any]):
    assert EventPatternIndex(patterns).matching(subject) == _one_by_one(patterns, subject)


@pytest.mark.parametrize("seed", range(8))
def test_every_kind_of_event_pattern_by_index_and_one_by_one(seed: int):
    random = Random(seed)  # noqa: S311
    written = [pattern(random) for _ in range(60)]
    patterns = [each for each in map(_valid, map(render, written)) if each]
    index = EventPatternIndex(patterns)
    events = [json.loads(render(event(each, random)), parse_float=number) for each in written]
    found = [index.matching(each) for each in events]
    assert found == [_one_by_one(patterns, each) for each in events]
    assert sum(map(len, found)) > 10


@settings(max_examples=150)
@given(st.lists(CONDITIONS.map("{{ {} }}".format).map(FilterPattern), max_size=8), OBJECTS)
def test_filter_patterns_by_index_and_one_by_one(patterns: list[FilterPattern], record: dict[str, Any]):
    assert FilterPatternIndex(patterns).matching(record) == _one_by_one(patterns, record)


NAMED = EventPattern({"detail": {"eventName": ["CreateUser"]}})


@pytest.mark.parametrize(
    "subject",
    [
        {"detail": {"eventName": "CreateUser"}},
        {"detail": {"eventName": ["DeleteUser", "CreateUser", "CreateUser"]}},
        {"detail": [{"eventName": "DeleteUser"}, {"eventName": "CreateUser"}]},
        {"detail": [[{"eventName": ["CreateUser"]}]]},
        {"detail.eventName": "CreateUser"},
        {"detail": {"eventName": {}}, "detail.eventName": ["CreateUser"]},
    ],
)
def test_the_index_reads_a_path_in_every_form(subject: dict[str, Any]):
    assert EventPatternIndex([NAMED]).matching(subject) == [0]


@pytest.mark.parametrize(
    ("alternatives", "value"),
    [
        ([{"prefix": "Create"}], "CreateUser"),
        (["CreateRole", {"prefix": "Create"}], "CreateUser"),
        ([{"anything-but": "DeleteUser"}], "CreateUser"),
        ([{"wildcard": "Create*"}], "CreateUser"),
        ([{"equals-ignore-case": "createuser"}], "CreateUser"),
        (["192.0.2.7"], "192.0.02.7"),
        ([1], 1.0),
        ([None], None),
    ],
)
def test_what_is_no_single_text_is_not_indexed(alternatives: list[Any], value: Any):
    index = EventPatternIndex([NAMED, EventPattern({"detail": {"eventName": alternatives}})])
    assert 1 in index.matching({"detail": {"eventName": value}})


def test_a_pattern_may_match_without_the_field_that_others_are_indexed_by():
    absent = EventPattern({"detail": {"eventName": [{"exists": False}, "CreateUser"]}})
    assert EventPatternIndex([NAMED, absent]).matching({"detail": {"x": 1}}) == [1]


def test_branches_of_one_pattern_are_indexed_apart_and_found_once():
    either = EventPattern({"$or": [{"a": ["x"], "b": ["y"]}, {"b": ["y"]}, {"c": [{"prefix": ""}]}]})
    index = EventPatternIndex([either, EventPattern({"a": ["x"]})])
    assert index.matching({"a": "x", "b": "y", "c": "z"}) == [0, 1]
    assert index.matching({"b": "y"}) == [0]
    assert index.matching({"c": "z"}) == [0]
    assert index.matching({"a": "x"}) == [1]


def test_a_pattern_with_an_empty_key_is_matched_beside_the_others():
    index = EventPatternIndex([EventPattern({"b": {"": {"a": ["x"]}}}), EventPattern({"a": ["x"]})])
    assert index.matching({"b": {"": {"a": "x"}}, "a": "x"}) == [0, 1]
    assert index.matching({"b": {"": {"a": "x"}}}) == [0]


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ('{ $.eventName = "Create*" }', {"eventName": "CreateUser"}),
        ('{ $.eventName = "*User" }', {"eventName": "CreateUser"}),
        ('{ $.eventName != "DeleteUser" }', {"eventName": "CreateUser"}),
        ("{ $.eventName = %^Create% }", {"eventName": "CreateUser"}),
        ('{ $.eventName = "1.5" }', {"eventName": 1.5}),
        ("{ $.eventName = 1 }", {"eventName": 1.0}),
        ("{ $.names[*] = CreateUser }", {"names": ["x", "CreateUser"]}),
        ("{ $.eventName NOT EXISTS }", {"x": 1}),
        ("CreateUser", {"eventName": "CreateUser"}),
        ("", {}),
    ],
)
def test_filter_patterns_of_every_form_are_found(text: str, record: dict[str, Any]):
    others = [FilterPattern("{ $.eventName = DeleteRole }"), FilterPattern("{ $.names[*] = DeleteRole }")]
    assert FilterPatternIndex([*others, FilterPattern(text)]).matching(record) == [2]


def test_shipped_rules_compare_a_record_with_few_branches(monkeypatch: pytest.MonkeyPatch):
    detections = catalog.detections(config_of("dev"))
    patterns = [EventPattern(each) for detection in detections for each in detection.compiled.event_patterns]
    index = EventPatternIndex(patterns)
    compared: list[object] = []
    matches = event_pattern_index.branch_matches
    monkeypatch.setattr(
        event_pattern_index, "branch_matches", lambda branch, values: compared.append(branch) or matches(branch, values)
    )
    events = [event_of(record) for record in month(200, Random(2))]  # noqa: S311
    assert [index.matching(each) for each in events] == [_one_by_one(patterns, each) for each in events]
    assert len(patterns) > 30
    assert len(compared) < 3 * len(events)
