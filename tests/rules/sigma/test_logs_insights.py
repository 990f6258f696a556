"""Rules as CloudWatch Logs Insights queries, and rules that can't be expressed."""

import random
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadfall.patterns.condition import And, Cidr, Condition, Not, Null, Number, Or, Part, Test, Text
from deadfall.rules import catalog
from deadfall.rules.detection import StackDetection
from deadfall.rules.examples import examples
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.logs_insights import insights_query

from ..stack import detections_of
from .insights import fields_of, finds, finds_fields
from .made import rule_of, rule_with

SHOWN = "fields @timestamp, eventSource, eventName, errorCode, userIdentity.arn, sourceIPAddress, awsRegion, eventID"


def asked(detection: str) -> str:
    shown, filtered, ordered = insights_query(rule_of(detection)).split("\n")
    assert (shown, ordered) == (SHOWN, "| sort @timestamp desc")
    return filtered.removeprefix("| filter ")


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("eventName: StopLogging", 'eventName = "StopLogging"'),
        ("eventName: stoplogging", 'eventName = "StopLogging"'),
        ("eventName|cased: stoplogging", 'eventName = "stoplogging"'),
        ("eventName: [StopLogging, DeleteTrail]", 'eventName in ["StopLogging", "DeleteTrail"]'),
        ("eventName|startswith|cased: Delete", "eventName like /^Delete/"),
        ("eventName|endswith: Trail", "eventName like /(?i)Trail$/"),
        ("userAgent|contains: a/b.c", r"userAgent like /(?i)a\/b\.c/"),
        ("userAgent|cased: 'a\"b'", 'userAgent like /^a"b$/'),
        ("errorCode: null", "not ispresent(errorCode)"),
        ("errorCode: '*'", "ispresent(errorCode)"),
        ("sourceIPAddress|cidr: 10.1.0.0/16", 'isIpv4InSubnet(sourceIPAddress, "10.1.0.0/16")'),
        ("sourceIPAddress|cidr: 2001:db8::/32", 'isIpv6InSubnet(sourceIPAddress, "2001:db8::/32")'),
        ("requestParameters.durationSeconds|gte: 3600", "requestParameters.durationSeconds >= 3600"),
        ("requestParameters.userName|contains|cased: a\\*b", r"requestParameters.userName like /a\*b/"),
        (
            "selection:\n  eventName: StopLogging\nfilter:\n  errorCode|startswith|cased: [Access, Un]\n"
            "condition: selection and not filter",
            '(eventName = "StopLogging" and (not ispresent(errorCode) or '
            "not (errorCode like /^Access/ or errorCode like /^Un/)))",
        ),
    ],
)
def test_compiled_filter_of_a_rule(detection: str, expected: str):
    assert asked(detection) == expected


@pytest.mark.parametrize(
    ("detection", "sentence"),
    [
        ("requestParameters.secretIdList: a", "use requestParameters.secretIdList: it does not look into lists"),
        ("errorCode|exists: true", "distinguish whether errorCode is absent or null; use `errorCode: null`"),
        ("readOnly: true", "compare readOnly, because AWS doesn't document how it represents booleans"),
        ("requestParameters.userName: alice", "compare requestParameters.userName with this text, as it may have"),
        ("requestParameters.userName|cased|endswith: alice", "compare requestParameters.userName with this text"),
        ("requestParameters.userName|cased: 'a\\\\b'", "compare requestParameters.userName with this text"),
        ("requestParameters: null", "test whether requestParameters exists, because it may be an object"),
        ("requestParameters.name: null", "test whether requestParameters.name exists, because it may be an object"),
        (
            "requestParameters.durationSeconds: '3600'",
            "compare requestParameters.durationSeconds, which",
        ),
        ("errorCode: ''", "distinguish whether errorCode is empty or absent"),
        (
            "userIdentity.arn|fieldref: requestParameters.userName",
            "compare userIdentity.arn with another field, requestParameters",
        ),
        ("userAgent|re: a.b", "use a regular expression on userAgent, because AWS doesn't document the syntax"),
        ("errorMessage|cidr: 10.0.0.0/8", "compare errorMessage with a network, because it contains other text"),
    ],
)
def test_inexpressible_rules_are_rejected(detection: str, sentence: str):
    with pytest.raises(NotExpressibleError) as refused:
        insights_query(rule_of(detection))
    assert str(refused.value).startswith(f"some_rule: Logs Insights can't {sentence}")


def test_a_text_is_no_number():
    with pytest.raises(NotExpressibleError, match="some_rule: Logs Insights can't compare errorCode, which is a line"):
        insights_query(rule_with(Test("errorCode", Number(5))))


def test_a_query_that_is_too_long_is_rejected():
    names = ", ".join(f"Name{number:04}" for number in range(900))
    with pytest.raises(NotExpressibleError, match="a Logs Insights query has at most 10,000"):
        insights_query(rule_of(f"eventName|cased: [{names}]"))


@cache
def expressible() -> list[tuple[StackDetection, str]]:
    """Return the detections that Logs Insights can express, with their queries."""
    found = []
    for each in detections_of("dev"):
        try:
            found.append((each, insights_query(each.rule)))
        except NotExpressibleError:
            continue
    return found


def test_queries_of_shipped_rules_match_like_the_rules():
    """Compare every rule on the examples of all rules, and on examples with missing fields."""
    records = [record for file in catalog.files() for each in examples(file) for record in each.records]
    rng = random.Random(5)  # noqa: S311 no secret
    records += [_poorer(record, rng) for record in records]
    with_fields = [(record, fields_of(record)) for record in records]
    hits = 0
    for detection, query in expressible():
        for record, fields in with_fields:
            expected = detection.rule.condition.matches(record)
            assert finds_fields(query, fields) == expected, (detection.id, record)
            hits += expected
    assert len(expressible()) >= 30
    assert hits >= 2 * len(expressible())


def _poorer(record: Any, rng: random.Random) -> Any:
    """Return the record without some of its fields, and with null for others."""
    if not isinstance(record, dict):
        return record
    kept = {key: _poorer(value, rng) for key, value in record.items() if rng.random() < 0.9}
    return {key: None if rng.random() < 0.1 else value for key, value in kept.items()}


LINES = ("errorCode", "userAgent", "sourceIPAddress")
WORDS = st.sampled_from(["a", "A", "ab", 'a"b', "a/b", "a.b", "10.1.2.3", "10.2.0.1", "a b", "a\\b"])
PARTS = st.one_of(WORDS.map(Part), st.sampled_from([Part(wildcard="*"), Part(wildcard="?")]))
TEXTS = st.builds(Text, st.lists(PARTS, min_size=1, max_size=3).map(tuple), st.booleans())
VALUES = st.one_of(TEXTS, st.just(Cidr("10.1.0.0/16")))
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Test, st.sampled_from(LINES), VALUES),
    st.builds(Null, st.sampled_from(LINES)),
    st.builds(Test, st.just("requestParameters.durationSeconds"), st.builds(Number, st.integers(0, 3), st.just(">="))),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        **{field: st.one_of(st.none(), WORDS) for field in LINES},
        "requestParameters": st.one_of(st.none(), st.fixed_dictionaries({"durationSeconds": st.integers(0, 3)})),
    },
)


@given(CONDITIONS, st.lists(RECORDS, min_size=3, max_size=6))
def test_any_expressible_condition_means_the_same(condition: Condition, records: list[dict[str, Any]]):
    try:
        query = insights_query(rule_with(condition))
    except NotExpressibleError:
        return
    for record in records:
        assert finds(query, record) == condition.matches(record)
