"""Every type and every modifier of the installed pySigma has its meaning, or is rejected with one sentence.

A type or modifier that a later pySigma adds is in none of these tables, which fails the tests.
"""

import base64
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from sigma import conditions, modifiers, types
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections

from deadfall.patterns.condition import And, Condition, Keyword, Not, Or, Test, Text
from deadfall.rules.sigma.conditions import ConditionReader
from deadfall.rules.sigma.parse import RuleError

from .made import rule_of

PLACEHOLDERS = {"name": ("one", "two")}
READER = ConditionReader("some_rule", PLACEHOLDERS)


def subclasses(of: type) -> Iterator[type]:
    for inner in of.__subclasses__():
        yield inner
        yield from subclasses(inner)


def known(of: type) -> set[type]:
    return {each for each in subclasses(of) if each.__module__.startswith("sigma.")}


def condition_of(value: Any, field: str = "userAgent") -> Condition:
    item = SigmaDetectionItem(field, [], [value])
    return READER.condition([SigmaDetections({"one": SigmaDetection([item])}, ["one"])])


def refusal(make: Any) -> str:
    with pytest.raises(RuleError) as refused:
        make()
    assert "\n" not in str(refused.value)
    return str(refused.value)


HOUR = types.SigmaTimestampPart(types.TimestampPart.HOUR, 3)
GREATER = types.CompareOperators.GT
# For each type: a value, its field, a record that matches, and one that doesn't; or the reason why it is rejected.
TYPES: dict[type, tuple[Any, ...]] = {
    types.SigmaString: (types.SigmaString("a*"), "userAgent", {"userAgent": "AB"}, {"userAgent": "ba"}),
    types.SigmaCasedString: (types.SigmaCasedString("a*"), "userAgent", {"userAgent": "aB"}, {"userAgent": "AB"}),
    types.SigmaNumber: (types.SigmaNumber(3), "x", {"x": 3}, {"x": "3"}),
    types.SigmaTimestampPart: (HOUR, "eventTime", {"eventTime": "2026-11-01T03:15:00Z"}, {"eventTime": 3}),
    types.SigmaBool: (types.SigmaBool(True), "readOnly", {"readOnly": True}, {"readOnly": "true"}),
    types.SigmaNull: (types.SigmaNull(), "x", {"x": None}, {"x": "null"}),
    types.SigmaExists: (types.SigmaExists(True), "x", {"x": None}, {}),
    types.SigmaRegularExpression: (types.SigmaRegularExpression("^a+$"), "x", {"x": "aa"}, {"x": "A"}),
    types.SigmaCIDRExpression: (types.SigmaCIDRExpression("10.0.0.0/8"), "x", {"x": "10.1.1.1"}, {"x": "11.1.1.1"}),
    types.SigmaCompareExpression: (
        types.SigmaCompareExpression(types.SigmaNumber(3), GREATER),
        "x",
        {"x": 4},
        {"x": 3},
    ),
    types.SigmaFieldReference: (types.SigmaFieldReference("y"), "x", {"x": "a", "y": "A"}, {"x": "y", "y": "a"}),
    types.SigmaExpansion: (
        types.SigmaExpansion([types.SigmaString("a"), types.SigmaString("b")]),
        "x",
        {"x": "b"},
        {"x": "ab"},
    ),
    types.SigmaQueryExpression: (
        types.SigmaQueryExpression("{field} = 1", "id"),
        "x",
        "the value of x can't be compiled (SigmaQueryExpression)",
    ),
}


def test_every_type_is_in_the_table() -> None:
    assert set(TYPES) == known(types.SigmaType)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_type(kind: type) -> None:
    value, field, *expected = TYPES[kind]
    assert type(value) is kind
    if len(expected) == 1:
        assert expected[0] in refusal(lambda: condition_of(value, field))
        return
    condition = condition_of(value, field)
    assert [condition.matches(record) for record in expected] == [True, False]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("field", ["x", "eventTime", "requestParameters", None])
def test_subclass_of_a_type_is_never_treated_as_its_base(kind: type, field: str | None) -> None:
    later = type(f"Later{kind.__name__}", (kind,), {})
    value = object.__new__(later)
    value.__dict__.update(TYPES[kind][0].__dict__)
    assert f"(Later{kind.__name__})" in refusal(lambda: condition_of(value, field))  # type: ignore[arg-type]


def test_subclass_of_a_number_is_not_compared() -> None:
    later = type("Later", (types.SigmaNumber,), {})
    expression = types.SigmaCompareExpression(later(3), GREATER)
    assert "the comparison of x can't be compiled" in refusal(lambda: condition_of(expression, "x"))


@pytest.mark.parametrize("op", types.CompareOperators)
def test_every_comparison(op: types.CompareOperators) -> None:
    expected = {
        types.CompareOperators.LT: [True, False, False],
        types.CompareOperators.LTE: [True, True, False],
        types.CompareOperators.GT: [False, False, True],
        types.CompareOperators.GTE: [False, True, True],
        types.CompareOperators.NEQ: None,  # no modifier makes it: |neq negates the field's condition
    }[op]
    expression = types.SigmaCompareExpression(types.SigmaNumber(5), op)
    if expected is None:
        assert "can't be compiled" in refusal(lambda: condition_of(expression, "x"))
    else:
        assert [condition_of(expression, "x").matches({"x": number}) for number in (4, 5, 6)] == expected


def test_every_piece_of_a_text() -> None:
    assert {*types.SpecialChars} == {types.SpecialChars.WILDCARD_MULTI, types.SpecialChars.WILDCARD_SINGLE}
    text = types.SigmaString("x")
    text.s = [type("Later", (types.Placeholder,), {})("name")]
    assert "in a value can't be compiled" in refusal(lambda: condition_of(text))


def test_every_class_of_a_condition() -> None:
    nodes = known(conditions.ParentChainMixin) - {SigmaDetection, SigmaDetectionItem}
    resolved = {conditions.ConditionIdentifier, conditions.ConditionSelector, conditions.ConditionItem}
    compiled = {
        conditions.ConditionAND,
        conditions.ConditionOR,
        conditions.ConditionNOT,
        conditions.ConditionFieldEqualsValueExpression,
        conditions.ConditionValueExpression,
    }
    assert {each for each in nodes if each.__module__ == "sigma.conditions"} == resolved | compiled
    later = type("ConditionXOR", (conditions.ConditionOR,), {})
    with pytest.raises(RuleError, match="ConditionXOR in its condition can't be compiled"):
        READER._condition(later([]))


TIME = "2026-11-15T03:20:45Z"


def encoded(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


# For each modifier: fields, values that match and others; or the reason for its rejection. `...` is an absent field.
MODIFIERS: dict[str, list[tuple[Any, ...]]] = {
    "all": [("x|contains|all: [a, b]", ["ab"], ["a", "b"])],
    "neq": [("x|neq: [a, b]", ["c", None], ["a", "B"]), ("x|contains|neq|all: [a, b]", ["a"], ["ab"])],
    "base64": [("x|base64: foo", [encoded("foo")], ["foo"])],
    "base64offset": [("x|base64offset|contains: foobar", [encoded(f"{'-' * n}foobar.") for n in range(3)], ["foobar"])],
    "cased": [("x|cased: aB", ["aB"], ["ab"]), ("x|contains|cased: aB", ["-aB-"], ["-ab-"])],
    "cidr": [("x|cidr: 10.0.0.0/8", ["10.0.0.1"], ["11.0.0.1", "10.0.0.0/8"])],
    "contains": [("x|contains: a", ["bAb"], ["b"])],
    "startswith": [("x|startswith: a", ["Ab"], ["ba"])],
    "endswith": [("x|endswith: a", ["bA"], ["ab"])],
    "exists": [("x|exists: true", [None, "a"], [...]), ("x|exists: [true, false]", [None, ...], [])],
    "expand": [("x|expand: 'a-%name%'", ["a-one", "a-two"], ["a-%name%", "one"])],
    "fieldref": [("x|fieldref: other", ["same"], ["other"])],
    "gt": [("x|gt: 5", [6], [5, "6"])],
    "gte": [("x|gte: 5", [5], [4])],
    "lt": [("x|lt: 5", [4], [5])],
    "lte": [("x|lte: 5", [5], [6])],
    "re": [("x|re: '^a|b$'", ["ax", "xb"], ["xa", "A"])],
    "i": [("x|re|i: '^a'", ["A"], ["b"])],
    "ignorecase": [("x|re|ignorecase: '^a'", ["A"], ["b"])],
    "m": [("x|re|m: '^a'", "|re supports only the flag i")],
    "multiline": [("x|re|multiline: '^a'", "|re supports only the flag i")],
    "s": [("x|re|s: '^a'", "|re supports only the flag i")],
    "dotall": [("x|re|dotall: '^a'", "|re supports only the flag i")],
    "utf16": [("x|utf16|base64: a", [encoded("a", "utf-16")], [encoded("a")])],
    "utf16be": [("x|utf16be|base64: a", [encoded("a", "utf-16-be")], [encoded("a")])],
    "wide": [("x|wide|base64: a", [encoded("a", "utf-16-le")], [encoded("a")]), ("x|wide: a", ["a\0"], ["a"])],
    "windash": [("x|windash: ' -n'", [" -n", " /n", " \u2013n", " \u2014n", " \u2015n"], [" n"])],
    "minute": [("eventTime|minute: 20", [TIME], ["2026-11-15T20:03:20Z"])],
    "hour": [("eventTime|hour: 3", [TIME], ["2026-03-03T13:03:03Z"])],
    "day": [("eventTime|day: 15", [TIME], ["2026-11-05T15:15:15Z"])],
    "month": [("eventTime|month: 11", [TIME], ["2026-10-11T11:11:11Z"])],
    "year": [("eventTime|year: 2026", [TIME], ["2025-11-15T20:26:00Z"])],
    "week": [("eventTime|week: 3", "eventTime|week isn't supported")],
}


def test_every_modifier_is_in_the_table() -> None:
    assert set(MODIFIERS) == set(modifiers.modifier_mapping)
    mapped = {modifier.__name__ for modifier in modifiers.modifier_mapping.values()}
    assert set(modifiers.reverse_modifier_mapping) == mapped
    abstract = {
        *("SigmaValueModifier", "SigmaListModifier", "SigmaCompareModifier", "SigmaTimestampModifier"),
        "SigmaRegularExpressionFlagModifier",
    }
    unmapped = {"SigmaNotEqualModifier"}  # which no rule can name
    assert {each.__name__ for each in known(modifiers.SigmaModifier)} == mapped | abstract | unmapped


@pytest.mark.parametrize("name", MODIFIERS)
def test_modifier(name: str) -> None:
    for body, *expected in MODIFIERS[name]:
        assert name in body.partition(":")[0].split("|")
        field = body.partition("|")[0]
        if len(expected) == 1:
            assert expected[0] in refusal(lambda body=body: rule_of(body))
            continue
        condition = _parsed(body)
        for texts, matches in zip(expected, (True, False), strict=True):
            for value in texts:
                record = {"other": "SAME"} if value is ... else {field: value, "other": "SAME"}
                assert condition.matches(record) is matches, (body, value)


def _parsed(body: str) -> Condition:
    from deadfall.rules.sigma.parse import parse

    (rule,) = parse(
        "title: t\nid: 5b5ee1e4-5a46-4f4e-8a3d-5f9b1b4f4a11\nlevel: low\n"
        "logsource: {product: aws, service: cloudtrail}\n"
        f"detection:\n  one:\n    {body}\n  condition: one\n",
        "some_rule",
        PLACEHOLDERS,
    )
    return rule.condition


def test_modifier_of_a_later_pysigma_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    later = type("SigmaLaterModifier", (modifiers.SigmaContainsModifier,), {})
    monkeypatch.setitem(modifiers.modifier_mapping, "later", later)
    assert "x|SigmaLaterModifier: |SigmaLaterModifier is not supported" in refusal(lambda: rule_of("x|later: a"))


VALUES = ["'a-b'", "'%name%'", "5", "true"]


@pytest.mark.parametrize("first", modifiers.modifier_mapping)
def test_pairs_of_modifiers_lose_nothing(first: str) -> None:
    """Compile every pair of modifiers. What compiles still has the effect of both; the rest is one sentence."""
    compiled = 0
    for second, value in itertools.product(modifiers.modifier_mapping, VALUES):
        for field in ("x", "eventTime"):
            body = f"{field}|{first}|{second}: [{value}, {value}]"
            try:
                condition = _parsed(body)
            except RuleError as error:
                assert "\n" not in str(error)
                continue
            compiled += 1
            _check_effects({first, second}, condition, body)
    print(first, compiled)


def _check_effects(names: set[str], condition: Condition, body: str) -> None:
    leaves = list(_leaves(condition))
    texts = [leaf.value for leaf in leaves if isinstance(leaf, Test) and isinstance(leaf.value, Text)]
    if "cased" in names:
        assert texts, body
        assert all(text.cased for text in texts), body
    assert isinstance(condition, Not) == ("neq" in names), body
    inner = condition.of if isinstance(condition, Not) else condition
    assert isinstance(inner, And) == ("all" in names), body
    if "expand" in names and "'%name%'" in body:
        assert {"one", "two"} & {part.text for text in texts for part in text.parts} or "expand|cidr" in body, body
    if names & {"contains", "startswith"} and texts:
        assert all(text.parts[-1].wildcard == "*" for text in texts), body
    if names & {"contains", "endswith"} and texts:
        assert all(text.parts[0].wildcard == "*" for text in texts), body
    if names & {"base64", "wide", "utf16", "utf16be"} and "'a-b'" in body:
        assert not any(part.text == "a-b" for text in texts for part in text.parts), body


def _leaves(condition: Condition) -> Iterator[Any]:
    if isinstance(condition, Not):
        yield from _leaves(condition.of)
    elif isinstance(condition, And | Or):
        for inner in condition.of:
            yield from _leaves(inner)
    else:
        assert not isinstance(condition, Keyword)
        yield condition
