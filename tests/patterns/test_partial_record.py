"""Matching of partial records: what is certain holds for every completion, what is never holds for none."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.patterns.partial_record import ABSENT, Certainty, known

KEYS: tuple[str, ...] = ("a", "b", "c")
PLAIN = st.sampled_from(["x", "xy", "", "X", "192.0.2.7", 0, 1, 2.5, True, False, None])
COMPLETE = st.recursive(
    PLAIN,
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=6,
)
OBJECTS: st.SearchStrategy[Any] = st.dictionaries(st.sampled_from(KEYS), COMPLETE, max_size=3)


@st.composite
def partials(draw: st.DrawFn, whole: Any) -> Any:
    """Return a partial record that the whole one completes."""
    if isinstance(whole, dict):
        shown = {key: draw(partials(value)) for key, value in whole.items() if draw(st.booleans())}
        return shown | {key: ABSENT for key in KEYS if key not in whole and draw(st.booleans())}
    if isinstance(whole, list):
        return [draw(partials(element)) for element in whole]
    return whole


@st.composite
def completions(draw: st.DrawFn, partial: Any) -> Any:
    """Return a completion of a partial record."""
    if isinstance(partial, dict):
        shown = {key: draw(completions(value)) for key, value in partial.items() if value is not ABSENT}
        more = {key: draw(COMPLETE) for key in KEYS if key not in partial and draw(st.booleans())}
        return shown | more
    if isinstance(partial, list):
        return [draw(completions(element)) for element in partial]
    return partial


@st.composite
def records(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a partial record with completions, including the smallest."""
    whole: dict[str, Any] = draw(OBJECTS)
    partial: dict[str, Any] = draw(partials(whole))
    return partial, [whole, known(partial), *(draw(completions(partial)) for _ in range(4))]


ALTERNATIVES = st.lists(
    PLAIN
    | st.sampled_from(
        [
            {"prefix": "x"},
            {"suffix": "y"},
            {"equals-ignore-case": "x"},
            {"wildcard": "x*"},
            {"anything-but": "x"},
            {"anything-but": [1, 2]},
            {"anything-but": {"prefix": "x"}},
            {"exists": True},
            {"exists": False},
            {"numeric": [">", 0]},
            {"cidr": "192.0.2.0/24"},
        ]
    ),
    min_size=1,
    max_size=2,
)


def _patterns(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(st.sampled_from(KEYS), inner | ALTERNATIVES, min_size=1, max_size=3)
    either = st.lists(fields, min_size=2, max_size=2).map(lambda choices: {"$or": choices})
    return fields | st.tuples(fields, either).map(lambda both: {**both[0], **both[1]})


EVENT_PATTERNS = st.recursive(
    st.dictionaries(st.sampled_from(KEYS), ALTERNATIVES, min_size=1, max_size=3), _patterns, max_leaves=5
)

SELECTORS = st.sampled_from(["$.a", "$.b", "$.a.b", "$.a.b.c", "$.b[0]", "$.a[*].b", "$.a.*", "$.c[1].a"])
TESTS = st.sampled_from(
    ["= x", "!= x", '= "x*"', "!= 1", "= 1", ">= 1", "< 2", "= %^x%", "!= %y%", "IS NULL", "IS TRUE", "NOT EXISTS"]
)
CONDITIONS = st.recursive(
    st.builds("{} {}".format, SELECTORS, TESTS),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner),
    max_leaves=4,
).filter(lambda condition: condition.count("*]") + condition.count(".*") <= 3 and condition.count("%") <= 4)  # quotas


def _check(certainty: Certainty, matches: list[bool]) -> None:
    if certainty is Certainty.CERTAIN:
        assert all(matches)
    elif certainty is Certainty.NEVER:
        assert not any(matches)


@settings(max_examples=300)
@given(EVENT_PATTERNS, records())
def test_an_event_patterns_certainty_holds_for_every_completion(
    written: dict[str, Any], record: tuple[dict[str, Any], list[dict[str, Any]]]
):
    partial, whole = record
    pattern = EventPattern(written)
    _check(pattern.match_partial(partial), [pattern.matches(event) for event in whole])


@settings(max_examples=300)
@given(CONDITIONS, records())
def test_a_filter_patterns_certainty_holds_for_every_completion(
    condition: str, record: tuple[dict[str, Any], list[dict[str, Any]]]
):
    partial, whole = record
    pattern = FilterPattern(f"{{ {condition} }}")
    _check(pattern.match_partial(partial), [pattern.matches(each) for each in whole])


def _closed(value: Any) -> Any:
    """Return the same record without open keys."""
    if isinstance(value, dict):
        return {key: _closed(value[key]) if key in value else ABSENT for key in KEYS}
    return [_closed(element) for element in value] if isinstance(value, list) else value


@settings(max_examples=300)
@given(EVENT_PATTERNS, OBJECTS)
def test_where_nothing_is_open_an_event_pattern_decides(written: dict[str, Any], event: dict[str, Any]):
    pattern = EventPattern(written)
    expected = Certainty.CERTAIN if pattern.matches(event) else Certainty.NEVER
    assert pattern.match_partial(_closed(event)) is expected


RECORD = {"a": "Text", "b": {"c": ["x", "y"]}, "d": True, "e": ABSENT, "list": [{"k": 1}, {"k": 2, "l": 3}]}


@pytest.mark.parametrize(
    ("pattern", "certainty"),
    [
        ({"a": ["Text"]}, Certainty.CERTAIN),
        ({"a": ["other"]}, Certainty.NEVER),
        ({"u": ["x"]}, Certainty.POSSIBLE),
        ({"a": ["Text"], "u": ["x"]}, Certainty.POSSIBLE),
        ({"a": ["other"], "u": ["x"]}, Certainty.NEVER),
        ({"u": [{"exists": True}]}, Certainty.POSSIBLE),
        ({"u": [{"exists": False}]}, Certainty.POSSIBLE),
        ({"e": [{"exists": False}]}, Certainty.CERTAIN),
        ({"e": {"f": [{"exists": False}]}}, Certainty.CERTAIN),
        ({"e": [{"anything-but": "x"}]}, Certainty.NEVER),
        ({"b": {"c": ["y"]}}, Certainty.CERTAIN),
        ({"b.c": ["y"]}, Certainty.CERTAIN),
        ({"b": {"u": ["y"]}}, Certainty.POSSIBLE),
        ({"a": {"u": ["y"]}}, Certainty.NEVER),
        ({"list": {"k": [2], "l": [3]}}, Certainty.CERTAIN),
        ({"list": {"k": [1], "l": [3]}}, Certainty.POSSIBLE),
        ({"list": {"k": [3], "l": [3]}}, Certainty.NEVER),
        ({"list": {"k": [1], "l": [{"exists": False}]}}, Certainty.POSSIBLE),
        ({"$or": [{"a": ["other"]}, {"d": [True]}]}, Certainty.CERTAIN),
        ({"$or": [{"a": ["other"]}, {"u": [True]}]}, Certainty.POSSIBLE),
        ({"$or": [{"a": ["other"]}, {"d": [False]}]}, Certainty.NEVER),
    ],
)
def test_event_patterns(pattern: dict[str, Any], certainty: Certainty):
    assert EventPattern(pattern).match_partial(RECORD) is certainty


@pytest.mark.parametrize(
    ("pattern", "certainty"),
    [
        ("{ $.a = Text }", Certainty.CERTAIN),
        ("{ $.a != Text }", Certainty.NEVER),
        ("{ $.a = %ex% }", Certainty.CERTAIN),
        ("{ $.u != Text }", Certainty.POSSIBLE),
        ("{ $.u NOT EXISTS }", Certainty.POSSIBLE),
        ("{ $.e NOT EXISTS }", Certainty.CERTAIN),
        ("{ $.e.f NOT EXISTS }", Certainty.CERTAIN),
        ("{ $.e IS NULL }", Certainty.NEVER),
        ("{ $.a NOT EXISTS }", Certainty.NEVER),
        ("{ $.d IS TRUE }", Certainty.CERTAIN),
        ("{ $.b.c[1] = y }", Certainty.CERTAIN),
        ("{ $.b.c[2] = y }", Certainty.NEVER),
        ("{ $.list[*].l = 3 }", Certainty.CERTAIN),
        ("{ $.list[*].l = 4 }", Certainty.POSSIBLE),
        ("{ $.b.* = y }", Certainty.POSSIBLE),
        ("{ $.a = Text && $.u = x }", Certainty.POSSIBLE),
        ("{ $.a = other && $.u = x }", Certainty.NEVER),
        ("{ $.a = Text || $.u = x }", Certainty.CERTAIN),
        ("Text", Certainty.POSSIBLE),
        ("[first, rest]", Certainty.POSSIBLE),
    ],
)
def test_filter_patterns(pattern: str, certainty: Certainty):
    assert FilterPattern(pattern).match_partial(RECORD) is certainty


def test_a_pattern_shows_the_alternatives_of_its_branches():
    pattern = EventPattern('{"a": ["x", {"prefix": "y"}], "$or": [{"b": [1]}, {"c": [{"exists": false}]}]}')
    shown = [
        {path: [(each.operator, each.operand) for each in alternatives] for path, alternatives in branch.items()}
        for branch in pattern.branches
    ]
    both = [(None, "x"), ("prefix", "y")]
    assert shown == [{"a": both, "b": [(None, 1)]}, {"a": both, "c": [("exists", False)]}]
