"""Filter patterns: examples of each kind, validation errors, and hostile input."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.patterns.aws_limits import MAX_FILTER_CHARACTERS
from deadfall.patterns.filter_pattern import FilterPattern, InvalidFilterPattern


def matches(text: str, *messages: str | dict[str, Any]) -> list[bool]:
    pattern = FilterPattern(text)
    return [pattern.matches(message) for message in messages]


def refusal(text: str) -> str:
    with pytest.raises(InvalidFilterPattern) as refused:
        FilterPattern(text)
    return str(refused.value).removeprefix("Filter pattern is not valid at ")


class TestTerms:
    def test_every_term_must_occur(self) -> None:
        assert matches("denied user", "user was denied", "access denied", "Denied user") == [True, False, False]

    def test_a_term_is_found_within_a_word(self) -> None:
        assert matches("denied", "AccessWasdenied!") == [True]

    def test_a_phrase(self) -> None:
        assert matches('"access denied"', "xaccess deniedx", "denied access") == [True, False]
        assert matches(r'"say \"no\" \\"', r'say "no" \ here', "say no") == [True, False]

    def test_an_excluded_term(self) -> None:
        assert matches('denied -"by design"', "denied", "denied by design", "allowed") == [True, False, False]
        assert matches("-denied", "allowed", "denied") == [True, False]

    def test_optional_terms(self) -> None:
        assert matches("?denied ?failed", "it failed", "it worked") == [True, False]

    def test_optional_terms_are_ignored_with_others(self) -> None:
        assert matches("?denied user", "user", "denied") == [True, False]
        assert matches("?denied -user", "other", "denied user") == [True, False]

    @pytest.mark.parametrize("text", ["", "  ", '" "'])
    def test_match_all(self, text: str) -> None:
        assert matches(text, "", "anything", {"a": 1}) == [True, True, True]

    def test_a_parsed_record_is_searched_as_the_text_that_cloudtrail_writes(self) -> None:
        assert matches('"\\"eventName\\":\\"CreateUser\\""', {"eventName": "CreateUser"}) == [True]
        assert matches('"é"', {"userName": "é"}) == [True]


class TestRegex:
    def test_it_is_found_anywhere(self) -> None:
        assert matches("%4[0-9]{2}%", "status 404", "status 500") == [True, False]

    def test_anchors_and_alternatives(self) -> None:
        assert matches("%^ab|yz$%", "ab..", "..yz", ".ab.") == [True, True, False]

    def test_escapes(self) -> None:
        assert matches(r"%\d\.\w\x21%", "1.a!", "1xa!", "١.a!") == [True, False, False]
        assert matches(r"%[\]\[|]%", "]", "[", "|", "\\") == [True, True, True, False]
        assert matches(r"%[^a|]%", "a", "b", "|") == [False, True, False]


RECORD: dict[str, Any] = {
    "eventName": "GetSecretValue",
    "errorCode": "AccessDenied",
    "count": 5,
    "ratio": 2.5,
    "account": "0123",
    "readOnly": True,
    "nothing": None,
    "tags": ["a", "b", 7],
    "items": [{"id": 1, "name": "x"}, {"id": 2}],
    "grid": [[0, 1], [2, 3]],
    "request": {"secretId": "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf", "key.with.dots": "v"},
    "star": "a*b",
}


class TestJson:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("$.eventName = GetSecretValue", True),
            ('$.eventName = "GetSecretValue"', True),
            ('$.eventName = "getsecretvalue"', False),
            ("$.eventName != GetSecretValue", False),
            ("$.eventName != CreateUser", True),
            ("$.missing = x", False),
            ("$.missing != x", False),  # on AWS: https://github.com/DataBiosphere/azul/issues/5884
            ("$.missing = *", False),
            ("$.missing < 1", False),
            ("$.eventName.more = x", False),
            ("$.request = x", False),
            ("$.request != x", False),
            ("$.tags != x", False),
        ],
    )
    def test_equality(self, condition: str, expected: bool) -> None:
        assert matches(f"{{ {condition} }}", RECORD) == [expected]

    @pytest.mark.parametrize(
        ("operand", "expected"),
        [
            ('"*:secret:db-*"', True),
            ('"arn:aws:*"', True),
            ('"*AbCdEf"', True),
            ('"*:secret:other-*"', False),
            ('"arn:*:db-AbCdEf"', False),  # an inner star is literal
            ('"*"', True),
            ("*", True),
        ],
    )
    def test_wildcards(self, operand: str, expected: bool) -> None:
        assert matches(f"{{ $.request.secretId = {operand} }}", RECORD) == [expected]

    def test_a_star_inside_is_literal(self) -> None:
        assert matches('{ $.star = "a*b" }', RECORD, {"star": "axb"}) == [True, False]

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("$.count = 5", True),
            ("$.count = 5.0", True),
            ("$.count = +0.5e1", True),
            ("$.count != 5", False),
            ("$.count != -5", True),
            ("$.count < 6", True),
            ("$.count <= 5", True),
            ("$.count > 5", False),
            ("$.count >= 5", True),
            ("$.ratio > 2.4", True),
            ("$.count = 5*", True),
            ('$.count = "5"', True),
            ("$.account = 0123", True),
            ("$.account = 123", False),
            ("$.account > 1", False),  # a text has no order
            ("$.readOnly = 1", False),
            ("$.nothing < 1", False),
        ],
    )
    def test_numbers(self, condition: str, expected: bool) -> None:
        assert matches(f"{{ {condition} }}", RECORD) == [expected]

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("$.nothing IS NULL", True),
            ("$.missing IS NULL", False),
            ("$.readOnly IS TRUE", True),
            ("$.readOnly IS FALSE", False),
            ("$.count IS TRUE", False),
            ("$.items[0].id IS TRUE", False),
            ("$.readOnly = true", False),
            ("$.readOnly != true", False),
            ("$.nothing != x", False),
            ("$.missing NOT EXISTS", True),
            ("$.request.missing NOT EXISTS", True),
            ("$.eventName.more NOT EXISTS", True),
            ("$.nothing NOT EXISTS", False),
            ("$.request NOT EXISTS", False),
            ("$.tags[3] NOT EXISTS", True),
        ],
    )
    def test_constants_and_absence(self, condition: str, expected: bool) -> None:
        assert matches(f"{{ {condition} }}", RECORD) == [expected]

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("$.tags[0] = a", True),
            ("$.tags[1] = a", False),
            ("$.tags[2] = 7", True),
            ("$.tags[9] = a", False),
            ("$.eventName[0] = G", False),
            ("$.items[1].id = 2", True),
            ("$.grid[1][0] = 2", True),
            ("$.tags[*] = b", True),
            ("$.tags[*] = c", False),
            ("$.items[*].id = 2", True),
            ("$.items[*].name != x", False),
            ("$.* = AccessDenied", True),
            ("$.* = db", False),
            ("$.request.* = v", True),
            ("$.items[*].missing NOT EXISTS", True),
            ("$.request.['key.with.dots'] = v", True),
            ("$.request['key.with.dots'] = v", True),
            ("$.['request'].secretId = arn*", True),
        ],
    )
    def test_selectors(self, condition: str, expected: bool) -> None:
        assert matches(f"{{ {condition} }}", RECORD) == [expected]

    def test_regex(self) -> None:
        assert matches(r"{ $.request.secretId = %:secret:db-\w{6}$% }", RECORD) == [True]
        assert matches("{ $.eventName != %^Get% }", RECORD, {"eventName": "Put"}, {}) == [False, True, False]
        assert matches("{ $.count = %^5$% }", RECORD) == [True]

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("T || T && F", True),
            ("(T || T) && F", False),
            ("F && T || T", True),
            ("F && (T || T)", False),
            ("T && T && F", False),
            ("F || F || T", True),
            ("((T)) && (F || (T && T))", True),
            ("T&&T||F", True),
        ],
    )
    def test_precedence(self, expression: str, expected: bool) -> None:
        text = expression.replace("T", "$.count=5").replace("F", "$.count=6")
        assert matches(f"{{{text}}}", RECORD) == [expected]

    def test_many_parentheses_one_after_another(self) -> None:
        assert matches("{" + "||".join(["($.count = 6)"] * 150 + ["($.count = 5)"]) + "}", RECORD) == [True]

    def test_a_message_is_parsed(self) -> None:
        assert matches('{ $.a = "b" }', '{"a": "b"}', '{"a": "c"}', "a = b", '["a"]', '{"a": "b"', "") == [
            True,
            False,
            False,
            False,
            False,
            False,
        ]
        assert matches("{ $.a NOT EXISTS }", "no JSON", "[]", '{"b": NaN}', '{"b": 1}') == [False, False, False, True]
        assert matches("{ $.a NOT EXISTS }", "[" * 100_000) == [False]

    def test_spaces_are_free(self) -> None:
        assert matches(' {$.a="b"&&$.c  NOT\tEXISTS} ', {"a": "b"}) == [True]


ACCESS = '10.0.0.7 - ana [21/Nov/2026:10:00:00 +0000] "GET /a.html HTTP/1.1" 404 1534'


class TestSpaceDelimited:
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("[ip, id, user, time, request, status, bytes]", True),
            ("[ip, id, user, time, request, status = 404, bytes]", True),
            ("[ip, id, user, time, request, status = 4*, bytes]", True),
            ("[ip, id, user, time, request, status = 5*, bytes]", False),
            ("[ip, id, user, time, request = *.html*, status, bytes > 1000]", True),
            ("[ip, id, user, time, request, status, bytes > 1534]", False),
            ("[ip, id, user, time, request, status = 410 || status = 404, bytes]", True),
            ("[ip, id, user, time, request, status != 404 && status != 410, bytes]", False),
            ("[ip=%^10[.]0%, ...]", True),
            ("[..., status = 404, bytes]", True),
            ("[..., status = 404]", False),
            ("[ip, ..., bytes = 1534]", True),
            ('[ip, id, user = "ana", ...]', True),
            ("[ip, id, user, time, request, status, bytes, more]", False),
            ("[..., request=*.html*, status=4*,]", True),
            ("[ip > 1, ...]", False),
        ],
    )
    def test_conditions(self, pattern: str, expected: bool) -> None:
        assert matches(pattern, ACCESS) == [expected]

    def test_the_last_field_receives_the_rest(self) -> None:
        assert FilterPattern("[level = ERROR, rest]").extract("ERROR  could not start \n") == {
            "$level": "ERROR",
            "$rest": "could not start",
        }

    def test_extract_numbers_unnamed_fields(self) -> None:
        assert FilterPattern("[ip, ..., request, status = 4*,]").extract(ACCESS) == {
            "$ip": "10.0.0.7",
            "$2": "-",
            "$3": "ana",
            "$4": "21/Nov/2026:10:00:00 +0000",
            "$request": "GET /a.html HTTP/1.1",
            "$status": "404",
            "$7": "1534",
        }

    def test_extract_is_empty_without_a_match_and_for_other_kinds(self) -> None:
        assert FilterPattern("[ip = 1*, status = 4*]").extract("10.0.0.7 500") == {}
        assert FilterPattern("ERROR").extract("ERROR") == {}

    def test_unmatched_brackets_and_quotes_are_ordinary(self) -> None:
        assert FilterPattern("[a, b]").extract('"x [y') == {"$a": '"x', "$b": "[y"}

    def test_a_parsed_record(self) -> None:
        assert matches("[a = *eventName*]", {"eventName": "x"}) == [True]


NO_OPERATOR = (
    "expected an operator: =, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS "
    "(there is no EXISTS and no IS NOT)"
)
NEEDS_QUOTES = "a value with characters other than letters, digits, _, . and * must be in double quotes"

REFUSED = [
    (
        "foo-bar",
        "character 4, before '-bar': a term with characters other than letters, digits and _ must be in double quotes",
    ),
    ('""', "character 1, before '\"\"': expected a term of letters, digits and _, or one in double quotes"),
    ("a - b", "character 4, before ' b': expected a term of letters, digits and _, or one in double quotes"),
    ('a "b', "character 3, before '\"b': the double quote is never closed"),
    (
        r'"a\n"',
        "character 4, before 'n\"': a backslash in double quotes must precede a quote or another backslash",
    ),
    ("%a% b", "character 5, before 'b': a regex must be the whole pattern"),
    ("%a", "character 2, before 'a': the regex is never closed with %"),
    ("%%", "character 1, before '%%': the regex is empty"),
    ("%a!%", "character 3, before '!%': a regex must not contain '!'"),
    ("%é%", "character 2, before 'é%': a regex must not contain 'é'"),
    (r"%\n%", r"character 2, before '\\n%': unsupported regex escape; \xhh matches any ASCII character"),
    (r"%\x2%", r"character 2, before '\\x2%': unsupported regex escape; \xhh matches any ASCII character"),
    ("%[a%", "character 1, before '%[a%': the regex is not valid: unterminated character set at position 0"),
    (
        "%a{9999999999999}%",
        "character 1, before '%a{9999999999999}%': the regex is not valid: the repetition number is too large",
    ),
    ("{}", "character 2, before '}': a condition must begin with a selector such as $.eventName"),
    ("{ $.a = b", "its end: expected &&, || or the closing }"),
    ("{ $.a = b } c", "character 13, before 'c': nothing may follow the closing }"),
    ("{ ($.a = b }", "character 12, before '}': expected &&, || or a closing )"),
    ("{ $.a = b && }", "character 14, before '}': a condition must begin with a selector such as $.eventName"),
    ("{ $.a = b & $.c = d }", "character 11, before '& $.c = d }': expected &&, || or the closing }"),
    ("{ a = b }", "character 3, before 'a = b }': a condition must begin with a selector such as $.eventName"),
    ("{ $a = b }", "character 3, before '$a = b }': a condition must begin with a selector such as $.eventName"),
    (
        "{ $. = b }",
        "character 5, before ' = b }': expected a key of letters, digits, - and _; write others as ['key']",
    ),
    ("{ $.a[b] = c }", "character 7, before 'b] = c }': expected the index of an array element, or *"),
    ("{ $.a[1 = c }", "character 8, before ' = c }': expected ]"),
    ("{ $.['a] = c }", "character 7, before 'a] = c }': the key in brackets is never closed with ']"),
    ("{ $.[a] = c }", "character 5, before '[a] = c }': a key in brackets is written ['key']"),
    ("{ $.*.* = a }", "character 3, before '$.*.* = a }': a selector may contain at most one wildcard"),
    (
        "{ $.* = a && $.* = b && $.* = c && $.* = d }",
        "character 36, before '$.* = d }': a pattern may contain at most 3 wildcard selectors",
    ),
    (
        "{ $.a = %a% && $.a = %b% && $.a = %c% }",
        "character 35, before '%c% }': a pattern may contain at most 2 regexes",
    ),
    ("{ $.a EXISTS }", f"character 7, before 'EXISTS }}': {NO_OPERATOR}"),
    ("{ $.a IS NOT NULL }", f"character 7, before 'IS NOT NULL }}': {NO_OPERATOR}"),
    ("{ $.a = }", "character 9, before '}': expected a value: a number, a text in double quotes, or a %regex%"),
    ("{ $.a = 'b' }", f"character 9, before \"'b' }}\": {NEEDS_QUOTES}"),
    ("{ $.a = b:c }", f"character 10, before ':c }}': {NEEDS_QUOTES}"),
    ("{ $.a = eu-west-1 }", f"character 9, before 'eu-west-1 }}': {NEEDS_QUOTES}"),
    ("{ $.a < b }", "character 9, before 'b }': < only compares with a number"),
    ("{ $.a >= %1% }", "character 10, before '%1% }': >= only compares with a number"),
    ("{ " + "(" * 101 + "$.a = b", "character 104, before '$.a = b': parentheses nested too deeply"),
    ("[a, b", "its end: expected a comma or the closing ]"),
    ("[a] b", "character 5, before 'b': nothing may follow the closing ]"),
    ("[..., a, ...]", "character 10, before '...]': a pattern may contain one ellipsis"),
    ("[a b]", "character 4, before 'b]': expected an operator (=, !=, <, <=, >, >=)"),
    ("[= 1]", "character 2, before '= 1]': expected a field name of letters, digits and _"),
    (
        "[a = 1 && b = 2]",
        "character 11, before 'b = 2]': conditions on b must be in its own field, not in a",
    ),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_rejected(text: str, message: str) -> None:
    assert refusal(text) == message


def test_the_quota_is_known() -> None:
    assert MAX_FILTER_CHARACTERS == 1024


# Hostile input

WORDS = """
    { } [ ] ( ) $ $. .a .* ['k'] [0] [*] = != < >= && || & | IS NOT EXISTS NULL TRUE
    "a" " \\ % %a% %[% * 1 -1e5 é ... , a ? -
"""
fragments = st.lists(st.sampled_from([" ", *WORDS.split()]), max_size=25).map("".join)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from("ak"), inner),
    max_leaves=20,
)


@given(st.text() | fragments | fragments.map("{{ {} }}".format) | fragments.map("[{}]".format), st.text())
def test_any_text_is_a_pattern_or_rejected(text: str, message: str) -> None:
    try:
        pattern = FilterPattern(text)
    except InvalidFilterPattern:
        return
    assert isinstance(pattern.matches(message), bool)
    assert isinstance(pattern.extract(message), dict)


@given(
    st.text(alphabet="abx019-=.*+?[]{}|^$\\,dDxwW ", min_size=1, max_size=12),
    st.text(alphabet="abx019 -.", max_size=20),
)
def test_any_regex_is_a_pattern_or_rejected(body: str, message: str) -> None:
    try:
        pattern = FilterPattern(f"%{body}%")
    except InvalidFilterPattern:
        return
    assert isinstance(pattern.matches(message), bool)


@given(st.dictionaries(st.text() | st.sampled_from("ak"), json_values))
def test_no_record_makes_matching_fail(record: dict[str, Any]) -> None:
    pattern = FilterPattern(
        '{ ($.a.k[0] = "x*" || $.a[*] > 5 || $.* = %x% || $.k != 5) && ($.a NOT EXISTS || $.k IS NULL) }'
    )
    assert pattern.matches(record) == pattern.matches(json.dumps(record))


@given(
    st.dictionaries(st.text(st.characters(exclude_characters="'"), min_size=1), st.text(), min_size=1, max_size=5),
    st.data(),
)
def test_a_record_matches_a_pattern_of_its_own_values(record: dict[str, str], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(record)))
    quoted = record[key].strip("*").replace("\\", "\\\\").replace('"', '\\"')
    pattern = f"{{ $.['{key}'] = \"*{quoted}*\" }}"
    assert matches(pattern, record, {}, {key: None}) == [True, False, False]
