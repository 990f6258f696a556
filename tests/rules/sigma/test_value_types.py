"""Values of a type that the field can't have are one sentence, the same for every back end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.patterns.condition import MAX_EXACT, Boolean, Number, Or, Test, Text
from deadfall.rules.sigma.parse import RuleError, parse
from deadfall.rules.sigma.record_fields import FIELDS

from .made import ID, rule_of

MFA = "additionalEventData.MFAUsed"


def refusal(body: str) -> str:
    with pytest.raises(RuleError) as refused:
        rule_of(body)
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix("some_rule: ")


@pytest.mark.parametrize("written", ["No", "yes", "on", "OFF", "false", "True"])
def test_unquoted_boolean_on_text(written: str) -> None:
    assert refusal(f"{MFA}: {written}") == (
        f"{MFA} is text, but YAML reads the unquoted {written} as a boolean; put the text in quotes: {MFA}: '{written}'"
    )
    assert rule_of(f"{MFA}: '{written}'").condition.matches({"additionalEventData": {"MFAUsed": written}})


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("userIdentity.accountId", "111122223333"),
        ("userIdentity.accountId", "000011112222"),  # octal
        ("eventVersion", "1.10"),
        ("eventTime", "12:30:45"),  # base 60
        ("userAgent", "0x1F"),
        ("userAgent", "1_000"),
        ("requestParameters.name", "443"),  # text or object
        ("sourceIPAddress", ".inf"),
    ],
)
def test_unquoted_number_on_text(field: str, written: str) -> None:
    assert refusal(f"{field}: [x, {written}]") == (
        f"{field} is text, but YAML reads the unquoted {written} as a number; put the text in quotes: "
        f"{field}: '{written}'"
    )


@pytest.mark.parametrize("written", ["2026-11-30", "2026-11-30T03:15:00Z"])
@pytest.mark.parametrize("field", ["eventTime", "requestParameters.x"])
def test_unquoted_date(field: str, written: str) -> None:
    assert refusal(f"{field}: {written}").endswith(f"as a date; put it in quotes: '{written}'")


@pytest.mark.parametrize("modifier", ["contains", "startswith", "endswith", "cased", "re", "cidr", "windash", "base64"])
@pytest.mark.parametrize("field", ["eventVersion", "requestParameters.x"])
def test_unquoted_number_for_a_modifier_of_text(field: str, modifier: str) -> None:
    assert refusal(f"{field}|{modifier}: 1.10") == (
        f"|{modifier} needs text, but YAML reads the unquoted 1.10 of {field}|{modifier} as another type; put it in "
        "quotes: '1.10'"
    )


@pytest.mark.parametrize("written", ["1234", "1.10", "No", "2026-11-30"])
def test_unquoted_keyword(written: str) -> None:
    sentence = refusal(f"words:\n  - x\n  - {written}\ncondition: words")
    assert f"the unquoted {written}" in sentence
    assert f"'{written}'" in sentence


@pytest.mark.parametrize("written", ["0123", "12:30", "0b11", "1_000", "0x1F"])
def test_number_that_looks_like_text(written: str) -> None:
    """On a field of unknown type too: nobody writes such a number, but port ranges, ids and times look like them."""
    assert refusal(f"requestParameters.x: {written}").startswith(f"YAML reads the unquoted {written} of")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("requestParameters.fromPort: 22", Number(22)),
        ("requestParameters.fromPort: -1", Number(-1)),
        ("requestParameters.x: 0", Number(0)),
        ("requestParameters.x: 2.5", Number(2.5)),
        ("requestParameters.x: -0.0", Number(0)),
        ("requestParameters.x: 1.50", Number(1.5)),
        ("requestParameters.durationSeconds|gte: 900", Number(900, ">=")),
        ("requestParameters.force: yes", Boolean(True)),
        ("readOnly: false", Boolean(False)),
        ("requestParameters.durationSeconds: '900'", Text.literal("900")),
        ("requestParameters.x: 1e3", Text.literal("1e3")),  # text in YAML 1.1
    ],
)
def test_values_of_the_fields_type(body: str, value: object) -> None:
    assert rule_of(body).condition == Test(body.split(":")[0].split("|")[0], value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("readOnly: 1", "readOnly is a boolean, and never the number 1; use true or false"),
        ("requestParameters.durationSeconds: yes", "requestParameters.durationSeconds is a number, and never yes"),
        ("errorCode|gte: 400", "errorCode is text, but YAML reads the unquoted 400 as a number"),
        ("eventTime|hour: 3.5", "eventTime|hour is compared with 3.5; use a whole number"),
        ("requestParameters.x: []", "requestParameters.x has an empty list"),
        ("s: []\ncondition: s", "a selection has an empty list; add a value, or remove it"),
        ("s:\ncondition: s", "a selection, or a keyword in it, is empty; write a field or a text, or remove it"),
        ("requestParameters.x: [{y: 1}]", "requestParameters.x has an object as its value; write the whole path"),
        ("requestParameters.x: .nan", "requestParameters.x can't be compared exactly with .nan"),
        ("requestParameters.x: 1.0e+400", "requestParameters.x can't be compared exactly with 1.0e+400"),
        ("requestParameters.x: 0.12345678901234567", "requestParameters.x can't be compared exactly with 0.1234567890"),
    ],
)
def test_other_values_of_another_type(body: str, reason: str) -> None:
    assert refusal(body).startswith(reason)


@given(st.integers(-(10**30), 10**30), st.sampled_from(["", "|lt", "|gte"]))
def test_whole_numbers_are_exact_or_refused(number: int, modifier: str) -> None:
    body = f"requestParameters.x{modifier}: {number}"
    if abs(number) > MAX_EXACT:
        assert refusal(body).startswith(f"requestParameters.x can't be compared exactly with {number}; use a number")
    else:
        condition = rule_of(body).condition
        assert isinstance(condition, Test)
        assert isinstance(condition.value, Number)
        assert condition.value.number == number


@pytest.mark.parametrize("number", [MAX_EXACT + 1, MAX_EXACT + 2, -MAX_EXACT - 1, 2**64])
def test_numbers_that_pysigma_rounds_are_refused_without_their_yaml(number: int) -> None:
    from sigma.rule import SigmaRule

    from deadfall.rules.sigma.parse import from_pysigma

    rule = SigmaRule.from_dict(
        {
            "title": "t",
            "id": ID,
            "level": "low",
            "logsource": {"product": "aws", "service": "cloudtrail"},
            "detection": {"one": {"requestParameters.x": number}, "condition": "one"},
        }
    )
    with pytest.raises(RuleError, match="can't be compared exactly"):
        from_pysigma(rule, "some_rule")


def test_every_known_field_accepts_its_own_type_alone() -> None:
    values = {"line": "'a'", "text": "'a'", "text or object": "'a'", "number": "5", "boolean": "true"}
    for field, kind in FIELDS.items():
        if kind != "object":
            rule_of(f"{field}: {values[kind]}")
            for other in {"5", "true"} - {values[kind]}:
                assert f"{field} is " in refusal(f"{field}: {other}")


@pytest.mark.parametrize(
    ("body", "matching", "other"),
    [
        ("hour: 3", ["03:00:00", "03:59:59"], ["02:59:59", "13:03:03", "00:03:00"]),
        ("hour|gte: 8", ["08:00:00", "10:00:00", "23:59:59"], ["07:59:59", "00:00:00"]),
        ("hour|lt: 11", ["00:00:00", "09:00:00", "10:59:59"], ["11:00:00", "20:00:00"]),
        ("hour|gt: 22", ["23:00:00"], ["22:59:59"]),
        ("hour|lte: 23", ["00:00:00", "12:00:00", "23:00:00"], []),
        ("minute: 15", ["03:15:00"], ["15:03:15", "03:14:15"]),
        ("minute|gte: 58", ["03:58:00", "03:59:00"], ["03:57:59"]),
        ("hour|neq: 3", ["04:00:00"], ["03:00:00"]),
    ],
)
@pytest.mark.parametrize("field", ["eventTime", "userIdentity.sessionContext.attributes.creationDate"])
def test_time_of_day(field: str, body: str, matching: list[str], other: list[str]) -> None:
    condition = rule_of(f"{field}|{body}").condition
    for texts, expected in ((matching, True), (other, False)):
        for text in texts:
            record: object = f"2026-11-05T{text}Z"
            for key in reversed(field.split(".")):
                record = {key: record}
            assert condition.matches(record) is expected, text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "matching", "other"),
    [
        ("day: 5", ["2026-11-05"], ["2026-05-11", "2005-11-15"]),
        ("day|gt: 29", ["2026-10-30", "2026-10-31"], ["2026-10-29"]),
        ("month: 5", ["2026-05-11"], ["2026-11-05"]),
        ("month|lte: 2", ["2026-01-31", "2026-02-01"], ["2026-03-01", "2026-12-01"]),
        ("year: [2025, 2026]", ["2026-01-01", "2025-01-01"], ["2024-12-31"]),
    ],
)
def test_date(body: str, matching: list[str], other: list[str]) -> None:
    condition = rule_of(f"eventTime|{body}").condition
    assert [condition.matches({"eventTime": f"{day}T20:26:05Z"}) for day in (*matching, *other)] == [
        *(True for _ in matching),
        *(False for _ in other),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("userAgent|hour: 3", "|hour is only supported on eventTime and"),
        ("requestParameters.startTime|hour|gte: 3", "|hour is only supported on eventTime and"),
        ("eventTime|hour: 24", "eventTime|hour is compared with 24; use 0 to 23"),
        ("eventTime|minute: 60", "eventTime|minute is compared with 60; use 0 to 59"),
        ("eventTime|day: 0", "eventTime|day is compared with 0; use 1 to 31"),
        ("eventTime|month: 13", "eventTime|month is compared with 13; use 1 to 12"),
        ("eventTime|hour|gt: 23", "eventTime|hour|gt: 23 matches no hour"),
        ("eventTime|year: 26", "eventTime|year is compared with 26; use four digits"),
        ("eventTime|year|gte: 2026", "eventTime|year can't be compared with |gte; list the years"),
        ("eventTime|week: 3", "eventTime|week isn't supported, because the time has no week"),
        ("eventTime|hour|minute: 3", "eventTime|hour|minute: use only one part of the time"),
    ],
)
def test_time_parts_that_are_rejected(body: str, reason: str) -> None:
    assert refusal(body).startswith(reason)


def test_alternatives_of_a_comparison_are_few() -> None:
    """EventBridge limits wildcards on one field: whole decades of hours are one text."""
    condition = rule_of("eventTime|hour|gte: 8").condition
    assert isinstance(condition, Or)
    assert len(condition.of) == 4


def test_aliases_that_expand_to_too_many_values_are_one_sentence() -> None:
    levels = "\n".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9))
    text = f"title: t\ndetection:\n  a0: &a0 [x, x]\n{levels}\n  condition: a0\n"
    with pytest.raises(RuleError, match="some_rule: is nested too deeply or refers to itself"):
        parse(text, "some_rule")
