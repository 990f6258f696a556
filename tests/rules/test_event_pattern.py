"""Event patterns: examples of every operator, validation errors, and hostile input."""

import json
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.patterns.aws_limits import MAX_PATTERN_CHARACTERS
from deadfall.patterns.event_pattern import EventPattern, InvalidPattern
from deadfall.patterns.event_pattern_operators import number


def matches(alternatives: list[Any], *values: Any) -> list[bool]:
    """Return whether each value of one field matches the alternatives."""
    pattern = EventPattern({"detail": {"field": alternatives}})
    return [pattern.matches({"detail": {"field": value}}) for value in values]


def matches_absent(alternatives: list[Any]) -> bool:
    return EventPattern({"detail": {"field": alternatives}}).matches({"detail": {"other": "value"}})


def refusal(pattern: Any) -> str:
    with pytest.raises(InvalidPattern) as refused:
        EventPattern(pattern)
    return str(refused.value).removeprefix("Event pattern is not valid at ")


def steps(action: Callable[[], object]) -> int:
    """Return the number of bytecode instructions that the action executes."""
    counted = 0

    def trace(frame: FrameType, happening: str, _: object) -> Any:
        nonlocal counted
        frame.f_trace_opcodes = True
        counted += happening == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return counted


def nested(depth: int, innermost: Any) -> Any:
    for _ in range(depth):
        innermost = {"a": innermost}
    return innermost


class TestPlainValues:
    def test_a_string_is_compared_exactly(self) -> None:
        assert matches(["Root"], "Root", "root", "Root ", "", None) == [True, False, False, False, False]

    def test_any_of_several_is_enough(self) -> None:
        assert matches(["a", 1, None], "a", 1, None, "b", 2) == [True, True, True, False, False]

    def test_types_are_kept_apart(self) -> None:
        assert matches([1], 1, "1", True) == [True, False, False]
        assert matches(["true"], "true", True) == [True, False]
        assert matches([True], True, 1, "true") == [True, False, False]
        assert matches([None], None, "null", "", 0, False) == [True, False, False, False, False]
        assert matches([""], "", None) == [True, False]

    def test_numbers_are_compared_by_value(self) -> None:
        assert matches([300], 300, 300.0, 3e2, 300.5) == [True, True, True, False]
        assert matches([0], -0.0) == [True]

    def test_a_number_beyond_a_double_is_compared_by_its_digits(self) -> None:
        beyond = 2**63 + 1
        assert matches([beyond], beyond, beyond - 1, float(beyond)) == [True, False, False]

    def test_a_number_without_an_exact_double_is_compared_as_text(self) -> None:
        pattern = EventPattern('{"detail": {"field": [0.1000000000000000055, 1e400]}}')
        assert not pattern.matches({"detail": {"field": 0.1}})
        assert not pattern.matches({"detail": {"field": float("inf")}})
        incomparable = "is not a number that EventBridge can compare"
        assert refusal('{"a": [{"numeric": ["<", 1e400]}]}') == f"a[0].numeric: 1e400 {incomparable}"
        assert refusal('{"a": [{"anything-but": 1e400}]}') == f"a[0].anything-but: 1e400 {incomparable}"
        assert pattern.matches({"detail": {"field": number("1e400")}})
        assert not pattern.matches({"detail": {"field": number("1E400")}})
        assert not EventPattern('{"a": [1e99999999999999999999, 1e-99999999999999999999]}').matches({"a": 0})

    def test_a_double_has_the_digits_that_java_gives_it(self) -> None:
        """event-ruler compares a number only if Double.toString gives its digits: two at least, 4.9E-324."""
        assert EventPattern('{"a": [{"numeric": ["=", 4.9e-324]}]}').matches({"a": 5e-324})
        assert refusal('{"a": [{"numeric": ["=", 5e-324]}]}').endswith(
            "5e-324 is not a number that EventBridge can compare"
        )
        assert EventPattern('{"a": [{"numeric": ["=", 2e-3]}, {"numeric": ["=", 1e23]}]}').matches({"a": 0.002})

    def test_an_address_equals_its_other_spellings(self) -> None:
        assert matches(["2001:db8::1"], "2001:0DB8:0:0::1", "2001:db8::2") == [True, False]
        assert matches(["::ffff:0102:0304"], "1.2.3.4") == [True]
        assert matches(["10.0.0.1"], "010.0.00.01", "8.0.0.1") == [True, False]
        assert matches(["1.1.1.1"], "000000001.1.1.1", "0000000001.1.1.1") == [True, False]  # of 15 characters, of 16
        assert matches(["0255.255.255.255"], "0255.255.255.255", "255.255.255.255") == [True, False]
        assert matches(["::a"], "::0000a", "::10") == [True, False]
        assert matches(["256.1.1.1"], "256.1.1.1") == [True]

    def test_a_plain_value_does_not_match_an_absent_field(self) -> None:
        assert not matches_absent(["value", None, ""])


class TestOperators:
    def test_prefix(self) -> None:
        assert matches([{"prefix": "arn:"}], "arn:aws", "Arn:aws", "x arn:", 5) == [True, False, False, False]
        assert matches([{"prefix": ""}], "", "x", None, 5) == [True, True, False, False]

    def test_prefixes_and_suffixes_match_the_quotation_marks_of_json(self) -> None:
        assert matches([{"prefix": 'a"'}], "a", 'a"b', "ab") == [True, True, False]
        assert matches([{"suffix": '"a'}], "a", 'b"a', "ba") == [True, True, False]
        assert matches([{"prefix": {"equals-ignore-case": 'a"'}}], "A", "ab") == [True, False]
        assert matches([{"suffix": {"equals-ignore-case": '"a'}}], "A", "ba") == [True, False]

    def test_prefix_ignoring_case(self) -> None:
        assert matches([{"prefix": {"equals-ignore-case": "EventB"}}], "eVENTbridge", "EVENTB\n.", "event") == [
            True,
            True,
            False,
        ]

    def test_suffix(self) -> None:
        assert matches([{"suffix": ".png"}], "a.png", "a.PNG", ".png.gz") == [True, False, False]
        assert matches([{"suffix": {"equals-ignore-case": ".png"}}], "a.PNG", "a.jpg") == [True, False]

    def test_equals_ignore_case(self) -> None:
        assert matches([{"equals-ignore-case": "Straße"}], "STRASSE", "straße", "strasse") == [True, True, False]
        assert matches([{"equals-ignore-case": "a.c"}], "A.C", "abc") == [True, False]
        # event-ruler reads characters of 16 bits, and an emoji as two that it does not know
        assert matches([{"equals-ignore-case": "a\U0001f600"}], "A??", "a\U0001f600") == [True, False]
        assert matches([{"suffix": {"equals-ignore-case": "\U0001f600"}}], "a??", "a\U0001f600") == [True, False]

    def test_anything_but(self) -> None:
        assert matches([{"anything-but": "a"}], "b", "a", None, 1, True) == [True, False, True, True, True]
        assert matches([{"anything-but": ["a", "b"]}], "c", "a", "b") == [True, False, False]
        assert matches([{"anything-but": [1, 2.5]}], 1.0, 2.5, 3, "1") == [False, False, True, True]

    def test_anything_but_with_another_operator(self) -> None:
        assert matches([{"anything-but": {"prefix": "AWS"}}], "AWSService", "Root", 1) == [False, True, True]
        assert matches([{"anything-but": {"suffix": ["a", "b"]}}], "xa", "xb", "xc") == [False, False, True]
        assert matches([{"anything-but": {"wildcard": "*/lib/*"}}], "x/lib/y", "x/bin/y") == [False, True]
        assert matches([{"anything-but": {"equals-ignore-case": "Root"}}], "ROOT", "user") == [False, True]

    def test_anything_but_does_not_match_an_absent_field(self) -> None:
        assert not matches_absent([{"anything-but": "a"}])
        assert not matches_absent([{"anything-but": {"prefix": "a"}}])

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            (["=", 5], [False, True, False]),
            (["<", 5], [True, False, False]),
            (["<=", 5], [True, True, False]),
            ([">", 5], [False, False, True]),
            ([">=", 5], [False, True, True]),
            ([">", 4, "<", 6], [False, True, False]),
            ([">=", 4, "<=", 5], [True, True, False]),
        ],
    )
    def test_numeric(self, expression: list[Any], expected: list[bool]) -> None:
        assert matches([{"numeric": expression}], 4, 5, 6.5) == expected
        assert matches([{"numeric": expression}], "5", None, True) == [False, False, False]

    def test_exists(self) -> None:
        assert matches([{"exists": True}], "a", None, "", {"inner": 1}, []) == [True, True, True, False, False]
        assert matches([{"exists": False}], "a", None, {"inner": 1}, []) == [False, False, True, True]
        assert not matches_absent([{"exists": True}])
        assert matches_absent([{"exists": False}])
        assert matches_absent([{"exists": False}, "value"])

    def test_cidr(self) -> None:
        assert matches([{"cidr": "10.0.0.0/24"}], "10.0.0.255", "10.0.1.0", "10.0.0.256", "x", 10) == [
            True,
            False,
            False,
            False,
            False,
        ]
        assert matches([{"cidr": "10.0.0.77/24"}], "10.0.0.1") == [True]
        assert matches([{"cidr": "010.0.0.0/08"}], "10.1.1.1", "8.1.1.1") == [True, False]
        assert [matches([{"cidr": f"10.0.0.0/{bits}"}], "10.1.1.1") for bits in ("+8", "-0", "8/")] == [[True]] * 3
        assert matches([{"cidr": "2001:db8::/32"}], "2001:db8:1::1", "2001:db9::1", "10.0.0.1") == [True, False, False]

    def test_a_block_is_compared_by_digits(self) -> None:
        """Like event-ruler, whatever the version of an address is; AWS's guide is silent."""
        addresses = ("38.1.2.3", "2600::1", "2700::1", "203.0.113.9")
        assert matches([{"cidr": "38.0.0.0/8"}], *addresses) == [True, True, False, False]
        assert matches([{"cidr": "2600::/8"}], *addresses) == [True, True, False, False]
        assert matches([{"cidr": "2001:db8::/32"}], "32.1.13.184", "2001:db8::1") == [False, True]
        assert matches(["38.1.2.3"], "38.1.2.3", "2601:203::1", "2601:204::1") == [True, True, False]

    def test_wildcard(self) -> None:
        assert matches([{"wildcard": "arn:*:role/*"}], "arn:aws:iam::1:role/x", "arn:role/x") == [True, False]
        assert matches([{"wildcard": "a*a"}], "aa", "aXa", "a") == [True, True, False]
        assert matches([{"wildcard": "*ab*ba*"}], "xabxbax", "xabax") == [True, False]
        assert matches([{"wildcard": "*b*c"}], "abc", "bcc", "cb", 5) == [True, True, False, False]
        assert matches([{"wildcard": r"\*\\"}], "*\\", "x\\") == [True, False]
        assert matches([{"wildcard": ""}], "", "x") == [True, False]
        assert matches([{"wildcard": "*"}], "", "line\nbreak") == [True, True]

    def test_alternatives_of_a_list_are_independent(self) -> None:
        """Here event-ruler's machine mixes up the two, unlike AWS's guide; the oracle lists the exception."""
        assert matches([{"wildcard": "*a"}, {"anything-but": {"equals-ignore-case": "a"}}], "l", "A") == [True, False]
        assert matches([{"wildcard": "*a"}, {"suffix": "\u65e5"}], "x\u65e5", '\u65e5"') == [True, False]
        assert matches([{"wildcard": "*b*b*b"}, {"suffix": "\U00010428"}], "x\U00010428", "\U00010400") == [True, False]
        assert matches([{"wildcard": "*a*aa*"}, {"suffix": {"equals-ignore-case": "aB"}}], "Ab", "a:") == [True, False]
        beyond = 2**64 + 1  # begins with the hexadecimal digits of the address, and event-ruler forgets it
        assert matches([beyond, "24.1.2.1"], beyond, "24.1.2.1", beyond + 1) == [True, True, False]
        assert matches([beyond, {"cidr": "24.0.0.0/8"}], beyond, "24.1.2.1", 18) == [True, True, False]


class TestStructure:
    def test_all_fields_must_match(self) -> None:
        pattern = EventPattern({"source": ["aws.iam"], "detail": {"eventName": ["CreateUser"]}})
        assert pattern.matches({"source": "aws.iam", "detail": {"eventName": "CreateUser", "more": 1}})
        assert not pattern.matches({"source": "aws.iam", "detail": {"eventName": "DeleteUser"}})
        assert not pattern.matches({"source": "aws.sts", "detail": {"eventName": "CreateUser"}})
        assert not pattern.matches({"source": "aws.iam", "detail": '{"eventName": "CreateUser"}'})

    def test_dots_join_keys(self) -> None:
        assert EventPattern({"detail": {"a.b": [1]}}).matches({"detail": {"a": {"b": 1}}})
        assert EventPattern({"detail": {"a": {"b": [1]}}}).matches({"detail": {"a.b": 1}})
        assert not EventPattern({"detail": {"a.b": [1]}}).matches({"detail": {"a": 1}})

    def test_one_element_of_an_array_is_enough(self) -> None:
        assert matches(["a"], ["a", "b"], ["b"], [], [["a"]]) == [True, False, False, True]
        assert matches([{"anything-but": "a"}], ["a", "b"], ["a"], []) == [True, False, False]

    def test_fields_must_match_in_the_same_element(self) -> None:
        pattern = EventPattern({"items": {"name": ["a"], "id": [1]}})
        assert pattern.matches({"items": [{"name": "b", "id": 2}, {"name": "a", "id": 1}]})
        assert not pattern.matches({"items": [{"name": "a", "id": 2}, {"name": "b", "id": 1}]})
        assert pattern.matches({"items": {"name": ["a", "b"], "id": [2, 1]}})

    def test_a_plain_value_in_an_array_combines_with_every_element(self) -> None:
        assert EventPattern({"a": [1], "a.b": [2]}).matches({"a": [1, {"b": 2}]})

    def test_a_value_outside_an_array_combines_with_every_element(self) -> None:
        """Here event-ruler's finders contradict each other; the oracle lists the exception."""
        pattern = EventPattern({"b": {"a": ["x"], "c": ["y"]}})
        assert pattern.matches({"b": [{"a": "x", "c": ""}], "b.c": "y"})
        assert not pattern.matches({"b": [{"a": "x", "c": ""}, {"c": "y"}]})

    def test_elements_of_nested_arrays(self) -> None:
        pattern = EventPattern({"items": {"name": ["a"], "tags": {"key": ["k"], "value": ["v"]}}})
        other_tag, right_tag = {"key": "k", "value": "w"}, {"key": "k", "value": "v"}
        assert pattern.matches({"items": [{"name": "a", "tags": [other_tag, right_tag]}]})
        assert not pattern.matches({"items": [{"name": "a", "tags": [other_tag, {"key": "l", "value": "v"}]}]})
        assert not pattern.matches({"items": [{"name": "a", "tags": [other_tag]}, {"name": "b", "tags": [right_tag]}]})

    def test_elements_of_different_arrays_are_independent(self) -> None:
        pattern = EventPattern({"left": {"x": [1]}, "right": {"y": [1]}})
        assert pattern.matches({"left": [{"x": 0}, {"x": 1}], "right": [{"y": 1}, {"y": 0}]})

    def test_absence_within_an_array_counts_for_fields_that_sort_before_it(self) -> None:
        event = {"items": [{"b": 1}, {"c": 1}]}
        assert EventPattern({"items": {"b": [1], "c": [{"exists": False}]}}).matches(event)
        assert not EventPattern({"items": {"b": [{"exists": False}], "c": [1]}}).matches(event)

    def test_fields_sort_by_their_16_bit_characters(self) -> None:
        event = {"items": [{"\U0001f600": 1}, {"\ue000": 1}]}
        assert EventPattern({"items": {"\U0001f600": [1], "\ue000": [{"exists": False}]}}).matches(event)
        assert not EventPattern({"items": {"\U0001f600": [{"exists": False}], "\ue000": [1]}}).matches(event)

    def test_empty_keys_are_those_of_event_ruler(self) -> None:
        assert EventPattern({"": [1]}).matches({"": 1})
        assert EventPattern({"": {"a": [1]}}).matches({"a": 1})
        assert not EventPattern({"": {"a": {"b": [1]}}}).matches({"a": {"b": 1}})
        assert EventPattern({"": {"a": {"b": [1]}}}).matches({"": {"a": {"b": 1}}})
        assert not EventPattern({"a": {"": [1]}}).matches({"a": {"": 1}})
        assert EventPattern({"a": {"": [1]}}).matches({"a.": 1})
        assert EventPattern({"a": {"": {"b": [1]}}}).matches({"a": {"": {"b": 1}}})

    def test_the_steps_of_matching_grow_with_an_array_and_not_with_its_square(self) -> None:
        pattern = EventPattern(
            {"items": {"name": ["a"], "tags": {"key": ["k"]}, "value": [{"exists": True}], "z": [0]}}
        )

        def event(length: int) -> dict[str, Any]:
            return {"items": [{"name": "a", "value": value, "tags": [{"key": "k"}], "z": 1} for value in range(length)]}

        assert not pattern.matches(event(2))
        few, many = (steps(partial(pattern.matches, event(length))) for length in (100, 400))
        assert many < 5 * few

    def test_or(self) -> None:
        pattern = EventPattern({"kind": ["k"], "$or": [{"a": [1]}, {"b": [{"numeric": [">", 5]}], "c": [1]}]})
        assert pattern.matches({"kind": "k", "a": 1})
        assert pattern.matches({"kind": "k", "b": 6, "c": 1})
        assert not pattern.matches({"kind": "k", "b": 6, "c": 2})
        assert not pattern.matches({"kind": "x", "a": 1})

    def test_a_branch_of_or_counts_though_it_resembles_an_earlier_one(self) -> None:
        """Here event-ruler forgets the second branch, unlike AWS's guide; the oracle lists the exception."""
        pattern = EventPattern({"$or": [{"a": ["x"]}, {"a": ["x", "y"]}]})
        assert [pattern.matches({"a": value}) for value in ("x", "y", "z")] == [True, True, False]

    def test_or_within_or(self) -> None:
        pattern = EventPattern({"detail": {"$or": [{"a": [1], "$or": [{"b": [1]}, {"c": [1]}]}, {"d": [1]}]}})
        assert [pattern.matches({"detail": detail}) for detail in ({"a": 1, "c": 1}, {"d": 1}, {"a": 1}, {"c": 1})] == [
            True,
            True,
            False,
            False,
        ]

    def test_the_last_of_equal_keys_counts(self) -> None:
        pattern = EventPattern('{"a": [1], "b": [1], "a": [2]}')
        assert pattern.matches({"a": 2, "b": 1})
        assert not pattern.matches({"a": 1, "b": 1})

    def test_equal_keys_of_objects_are_merged(self) -> None:
        pattern = EventPattern('{"detail": {"a": [1]}, "detail": {"b": [1]}}')
        assert pattern.matches({"detail": {"a": 1, "b": 1}})
        assert not pattern.matches({"detail": {"b": 1}})

    def test_independent_arrays_do_not_multiply(self) -> None:
        names = "abcdefgh"
        event = {name: [{"x": number} for number in range(200)] for name in names}
        assert not EventPattern({name: {"x": [{"exists": True}]} for name in names} | {"z": ["never"]}).matches(event)

    def test_an_event_may_be_nested_without_limit(self) -> None:
        assert not EventPattern({"a": {"a": ["x"]}}).matches(nested(100_000, "x"))


REFUSED: list[tuple[Any, str]] = [
    ([], "its top level: must be a JSON object"),
    ({}, "its top level: empty objects are not allowed"),
    ({"detail": {}}, "detail: empty objects are not allowed"),
    ({"detail": {"a": []}}, "detail.a: empty arrays are not allowed"),
    ({"a": "x"}, "a: must be an object or an array"),
    ({"a": [[1]]}, "a[0]: must be a string, a number, true, false, null or a match expression"),
    ({"a": [float("nan")]}, "a[0]: must be a string, a number, true, false, null or a match expression"),
    ({"a": ["x", {}]}, "a[1]: a match expression must have exactly one key"),
    ({"a": [{"prefix": "x", "suffix": "y"}]}, "a[0]: a match expression must have exactly one key"),
    ({"a": [{"Prefix": "x"}]}, "a[0].Prefix: unrecognized match type 'Prefix'"),
    ({"a": [{"exactly": "x"}]}, "a[0].exactly: unrecognized match type 'exactly'"),
    ({"a": [{"prefix": 1}]}, "a[0].prefix: must be a string"),
    ({"a": [{"prefix": {"wildcard": "x"}}]}, "a[0].prefix: only equals-ignore-case is allowed here, not 'wildcard'"),
    ({"a": [{"suffix": {"equals-ignore-case": 1}}]}, "a[0].suffix.equals-ignore-case: must be a string"),
    ({"a": [{"equals-ignore-case": ["x"]}]}, "a[0].equals-ignore-case: must be a string"),
    ({"a": [{"exists": "true"}]}, "a[0].exists: must be true or false"),
    ({"a": [{"wildcard": "x**"}]}, "a[0].wildcard: consecutive wildcard characters in 'x**'"),
    (
        {"a": [{"wildcard": "\\x"}]},
        "a[0].wildcard: a backslash in '\\\\x' must be followed by * or another backslash",
    ),
    ({"a": [{"numeric": 5}]}, 'a[0].numeric: must be a list such as [">", 0, "<=", 5]'),
    ({"a": [{"numeric": ["=", "5"]}]}, "a[0].numeric: '5' is not a number that EventBridge can compare"),
    ({"a": [{"numeric": ["=", 2**63 + 1]}]}, f"a[0].numeric: {2**63 + 1} is not a number that EventBridge can compare"),
    ({"a": [{"numeric": [">", 5, "<", 5]}]}, "a[0].numeric: the bottom of the range must be less than its top"),
    ({"a": [{"numeric": [["="], 5]}]}, "a[0].numeric: must be a string"),
    ({"a": [{"cidr": "10.0.0.0"}]}, "a[0].cidr: '10.0.0.0' is not a CIDR block such as 10.0.0.0/24"),
    ({"a": [{"cidr": "10.0.0.0/x"}]}, "a[0].cidr: '10.0.0.0/x' is not a CIDR block such as 10.0.0.0/24"),
    (
        {"a": [{"cidr": "0255.255.255.255/8"}]},
        "a[0].cidr: '0255.255.255.255/8' is not a CIDR block such as 10.0.0.0/24",
    ),
    ({"a": [{"cidr": "10.0.0.1/32"}]}, "a[0].cidr: the mask of '10.0.0.1/32' must be less than 32 bits"),
    (
        {"a": [{"anything-but": ["x", 1]}]},
        "a[0].anything-but: must be a string, a number, or a list of only strings or only numbers",
    ),
    (
        {"a": [{"anything-but": None}]},
        "a[0].anything-but: must be a string, a number, or a list of only strings or only numbers",
    ),
    (
        {"a": [{"anything-but": {"numeric": ["=", 1]}}]},
        "a[0].anything-but.numeric: anything-but does not combine with it",
    ),
    ({"a": [{"anything-but": {"prefix": []}}]}, "a[0].anything-but.prefix: must name at least one text"),
    (
        {"a": [{"anything-but": {"prefix": ""}}]},
        "a[0].anything-but.prefix: an empty text is not allowed, it would exclude everything",
    ),
    ({"$or": [{"a": [1]}]}, "$or: must be an array of at least two objects"),
    ({"d": {"$or": [{"a": [1]}, 5]}}, "d.$or[1]: only objects are allowed in $or"),
    ({"$or": [{"a": [1]}, {"prefix": ["x"]}]}, "prefix: 'prefix' is a reserved word and can't name a field in $or"),
    ({1: ["x"]}, "its top level: the key 1 must be a string"),
    ("", "its top level: not JSON: Expecting value: line 1 column 1 (char 0)"),
    ('{"a": [NaN]}', "its top level: NaN is not JSON"),
    ('{"a": [1]} x', "its top level: not JSON: Extra data: line 1 column 12 (char 11)"),
    ('["a"]', "its top level: must be a JSON object"),
    (nested(5000, ["x"]), "its top level: nested too deeply"),
    ('{"a":' * 5000, "its top level: nested too deeply"),
]


@pytest.mark.parametrize(("pattern", "message"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_refused(pattern: Any, message: str) -> None:
    assert refusal(pattern) == message


@pytest.mark.parametrize(
    "expression", [[], ["="], ["<", 1, "<", 2], ["=", 1, "<", 2], [">", 1, "<", 2, "<", 3], ["!=", 1], [">", 0, "<"]]
)
def test_refused_numeric_forms(expression: list[Any]) -> None:
    assert refusal({"a": [{"numeric": expression}]}) == (
        "a[0].numeric: must be one comparison (=, <, <=, >, >=) or a range that begins with > or >= "
        "and ends with < or <="
    )


def test_more_than_a_thousand_combinations_of_or_are_refused() -> None:
    def pattern(*sizes: int) -> dict[str, Any]:
        return {
            f"f{number}": {"$or": [{f"g{choice}": ["x"]} for choice in range(size)]}
            for number, size in enumerate(sizes)
        }

    EventPattern(pattern(10, 10, 10))
    assert refusal(pattern(10, 10, 11)) == "f2.$or: more than 1000 combinations of $or"


class TestWildcardComplexity:
    """EventBridge refuses a rule whose wildcards are too complex together: three such are accepted, four refused."""

    TOO_COMPLEX = "rule is too complex: use fewer wildcards on this field, or prefix and suffix, which cost nothing"

    @staticmethod
    def wildcards(count: int) -> list[dict[str, str]]:
        return [{"wildcard": f"*secret:{name}-*"} for name in ("payroll", "billing", "ledger", "archive")[:count]]

    def test_of_one_field(self) -> None:
        assert EventPattern({"detail": {"errorMessage": self.wildcards(3)}}).matches(
            {"detail": {"errorMessage": "denied on arn:aws:secretsmanager:eu-west-1:1:secret:ledger-AbCdEf for you"}}
        )
        assert refusal({"detail": {"errorMessage": self.wildcards(4)}}) == f"detail.errorMessage: {self.TOO_COMPLEX}"

    def test_of_anything_but(self) -> None:
        assert refusal({"a": [{"anything-but": {"wildcard": "*:*:*:*:*:x/*"}}]}) == f"a: {self.TOO_COMPLEX}"

    def test_each_branch_of_or_adds_the_wildcards_beside_it(self) -> None:
        branches = [{"b": [1]}, {"c": [1]}, {"d": [1]}]
        EventPattern({"a": [{"wildcard": "*aa*a"}], "e": {"$or": branches[:2]}})
        assert refusal({"a": [{"wildcard": "*aa*a"}], "e": {"$or": branches}}) == f"a: {self.TOO_COMPLEX}"
        EventPattern({"z": [{"wildcard": "*aa*a"}], "e": {"$or": branches}})  # they part before it

    def test_branches_part_behind_a_wildcard_that_is_not_found_again(self) -> None:
        """event-ruler goes the same way again over characters without case: `ByteMachine.canReuseNextByteState`."""
        branches = [{"d": [1]}, {"e": [1]}]
        EventPattern({"a": [{"wildcard": "*1*1*1*1"}], "$or": branches})
        EventPattern({"a": [{"wildcard": "*x"}], "c": [{"wildcard": "*b*b*b"}], "$or": branches})
        same_way = {"a": [{"wildcard": "*1"}], "c": [{"wildcard": "*b*b*b"}], "$or": branches}
        assert refusal(same_way) == f"c: {self.TOO_COMPLEX}"
        through_text = {"a": ["y", {"wildcard": "*x"}], "c": [{"wildcard": "*b*b*b"}], "$or": branches}
        assert refusal(through_text) == f"c: {self.TOO_COMPLEX}"

    def test_beside_a_suffix_bytes_count_that_look_like_a_reversed_character(self) -> None:
        """event-ruler takes the end of "\U00010428" and the "A" for one: `ByteMachine.canReuseNextByteState`."""
        branches = [{"b": [1]}, {"b": [2]}]
        wildcard = {"wildcard": "*\U00010428A*\U00010428\U00010400*"}
        EventPattern({"a": [wildcard], "$or": branches})
        EventPattern({"a": [wildcard, {"prefix": "x"}], "$or": branches})
        for suffix in ({"suffix": "x"}, {"suffix": {"equals-ignore-case": "x"}}, {"anything-but": {"suffix": "x"}}):
            assert refusal({"a": [wildcard, suffix], "$or": branches}) == f"a: {self.TOO_COMPLEX}"

    def test_fields_count_apart(self) -> None:
        EventPattern({"a": self.wildcards(3), "b": self.wildcards(3)})

    def test_branches_of_or_share_a_field_that_they_reach_alike(self) -> None:
        branches = [{"errorMessage": [wildcard]} for wildcard in self.wildcards(4)]
        assert refusal({"detail": {"$or": branches}}) == f"detail.errorMessage: {self.TOO_COMPLEX}"
        EventPattern({"detail": {"$or": [{"code": [number], **branch} for number, branch in enumerate(branches)]}})
        codes = [[0, 1], [0, 2], [1], [1]]  # all linked, the first two with the others through 1
        linked = [{"code": code, **branch} for code, branch in zip(codes, branches, strict=True)]
        assert refusal({"detail": {"$or": linked}}) == f"detail.errorMessage: {self.TOO_COMPLEX}"


def test_the_quota_is_known() -> None:
    assert MAX_PATTERN_CHARACTERS == 2048


# Hostile input

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
json_values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
words = st.sampled_from(
    [
        "a",
        "b",
        "a.b",
        "$or",
        "prefix",
        "suffix",
        "exists",
        "numeric",
        "cidr",
        "wildcard",
        "anything-but",
        "equals-ignore-case",
    ]
)
pattern_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(["", "*", "**", "\\", "=", "<", ">=", "10.0.0.0/8", "::/0", "a", "\u65e5", "\ud83d"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=3),
    max_leaves=25,
)


@given(st.dictionaries(st.text(), json_values) | st.dictionaries(words, pattern_like))
def test_no_event_makes_matching_fail(event: dict[str, Any]) -> None:
    pattern = EventPattern(
        {
            "a": {"b": [{"exists": False}, {"numeric": ["<", 5]}, {"cidr": "10.0.0.0/8"}, "::1", 1.5]},
            "b": [{"anything-but": {"wildcard": "*x*"}}, {"suffix": {"equals-ignore-case": "ß"}}],
        }
    )
    assert isinstance(pattern.matches(event), bool)


@given(json_values | pattern_like, st.dictionaries(words, pattern_like))
def test_any_json_is_a_pattern_or_rejected(value: Any, event: dict[str, Any]) -> None:
    verdicts = []
    for pattern in (value, json.dumps(value)):
        try:
            verdicts.append(EventPattern(pattern).matches(event))
        except InvalidPattern as refused:
            verdicts.append(str(refused))
    if not isinstance(value, str):  # text is parsed, not used as a value
        assert verdicts[0] == verdicts[1]


@given(st.text() | pattern_like.map(json.dumps).map(lambda text: text[:-1]))
def test_text_that_is_not_a_json_object_is_rejected(text: str) -> None:
    with pytest.raises(InvalidPattern):
        EventPattern(text)


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,30})?", fullmatch=True))
def test_any_number_is_accepted_in_a_pattern_or_rejected(text: str) -> None:
    EventPattern(f'{{"a": [{text}]}}').matches({"a": 0.5})
    for operand in (f'{{"numeric": ["<", {text}]}}', f'{{"anything-but": [0, {text}]}}'):
        try:
            EventPattern(f'{{"a": [{operand}]}}').matches({"a": 0.5})
        except InvalidPattern as refused:
            assert str(refused).endswith("is not a number that EventBridge can compare")


keys = st.text(min_size=1).filter(lambda key: key != "$or")
leaves = st.recursive(
    scalars,
    lambda inner: st.dictionaries(keys, inner, min_size=1, max_size=4) | st.lists(inner, min_size=1, max_size=3),
    max_leaves=12,
)


def pattern_of(value: Any) -> Any:
    """Return the pattern of a value's own leaves; for an array, those of its last element."""
    while isinstance(value, list):
        value = value[-1]
    return {key: pattern_of(inner) for key, inner in value.items()} if isinstance(value, dict) else [value]


@given(st.dictionaries(keys, leaves, min_size=1, max_size=4))
def test_an_event_matches_the_pattern_of_its_own_leaves(event: dict[str, Any]) -> None:
    assert EventPattern(pattern_of(event)).matches(event)
