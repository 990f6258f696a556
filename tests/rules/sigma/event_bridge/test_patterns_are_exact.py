"""The event patterns of a rule match the records that the rule matches, and no others.

Random conditions on random records, and rules on published records; what is not expressible is counted, so that nobody
takes refusing everything for being exact.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deadfall.patterns.condition import (
    ANY,
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Not,
    Null,
    Number,
    Or,
    Part,
    Test,
    Text,
    values,
)
from deadfall.patterns.event_pattern import EventPattern
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.event_bridge.field_values import _ALWAYS_THERE
from deadfall.rules.sigma.event_bridge.patterns import compile_patterns
from deadfall.rules.sigma.record_fields import NEVER_NULL
from deadfall.rules.sigma.rule import Rule

from ..made import DETAIL_TYPES, event_of, rule_of, rule_with

TESTDATA = Path(__file__).parents[4].parent / "shared" / "testdata" / "cloudtrail"

SOURCES = ("s3.amazonaws.com", "iam.amazonaws.com", "signin.amazonaws.com")
EVENT_TYPES = {
    False: ("AwsApiCall", "AwsServiceEvent", "AwsConsoleAction", "AwsVpceEvent"),
    True: ("AwsConsoleSignIn", "AwsConsoleSignin"),
}
SPELLED_TYPES = ("AwsApiCall", "awsconsolesignin", "AwsConsoleAction", "awsserviceevent")
NAMES = ("StopLogging", "DeleteTrail", "GetObject")
ADDRESSES = ("10.0.0.1", "10.2.0.1", "192.0.2.7", "2001:db8::1", "AWS Internal")
NETWORKS = ("10.0.0.0/8", "10.2.0.0/16", "192.0.2.7/32", "2001:db8::/32", "0.0.0.0/0")

LETTERS = 'abAB1*\\"'
NUMBERS = (0, 1, 11, 2.5, -3)
numbers = st.sampled_from(NUMBERS)


class Records:
    """Records as CloudTrail writes them, as far as record_fields.py says how that is.

    Their texts are near to those of a condition. A seed gives them: to draw each of their values from Hypothesis takes
    several times as long as everything else here.
    """

    def __init__(self, condition: Condition, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - hypothesis repeats what fails
        self._near = list(texts_of(condition))

    def draw(self) -> dict[str, Any]:
        source = self._random.choice(SOURCES)
        sign_in = source == SOURCES[2] and self._often()
        parameters = {
            "x": self._anything,
            "policyName": self._text_or_null,
            "durationSeconds": lambda: self._random.choice((*NUMBERS, None)),
            "items": lambda: [self._some({"a": self._text, "b": self._text}) for _ in range(self._random.randrange(3))],
        }
        rest = {
            "errorCode": self._text,
            "userAgent": self._text_or_null,
            "sourceIPAddress": lambda: self._random.choice(ADDRESSES),
            "readOnly": lambda: self._random.choice((True, False, None)),
            "userIdentity": lambda: self._some({"userName": self._text_or_null, "arn": self._text}),
        }
        return {
            "eventSource": source,
            "eventName": self._random.choice(NAMES),
            "eventType": self._random.choice(EVENT_TYPES[sign_in]),
            "requestParameters": self._some(parameters) if self._often() else None,
            **self._some(rest),
        }

    def _often(self) -> bool:
        return self._random.random() < 0.5

    def _some(self, fields: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        return {name: value() for name, value in fields.items() if self._random.random() < 0.7}

    def _text(self) -> str:
        if self._near and self._often():
            text = self._random.choice(self._near)
            return self._random.choice((text, text, text.swapcase(), text + self._random.choice(LETTERS), text[1:]))
        return "".join(self._random.choice(LETTERS) for _ in range(self._random.randrange(4)))

    def _text_or_null(self) -> str | None:
        return self._text() if self._random.random() < 0.8 else None

    def _anything(self, levels: int = 2) -> Any:
        kind = self._random.randrange(7 if levels else 5)
        match kind:
            case 0:
                return self._random.choice(("true", "1", "11"))
            case 1:
                return self._random.choice((True, False, None))
            case 2:
                return self._random.choice(NUMBERS)
            case 3 | 4:
                return self._text()
            case 5:
                return [self._anything(levels - 1) for _ in range(self._random.randrange(4))]
        return self._some(dict.fromkeys("yz", lambda: self._anything(levels - 1)))


def texts_of(condition: Condition) -> Iterator[str]:
    match condition:
        case Test(_, Text(parts)):
            yield "".join(part.text for part in parts)
        case Not(of):
            yield from texts_of(of)
        case And(of) | Or(of):
            for inner in of:
                yield from texts_of(inner)


def pieces(letters: str) -> st.SearchStrategy[Text]:
    part = st.builds(Part, st.text(letters, min_size=1, max_size=2)) | st.just(Part(wildcard=ANY))
    return st.builds(Text, st.lists(part, max_size=3).map(tuple), st.booleans())


TEXT_FIELDS = ("errorCode", "userAgent", "userIdentity.userName", "userIdentity.arn", "requestParameters.policyName")
LISTS = ("requestParameters.x", "requestParameters.x.y", "requestParameters.items.a", "requestParameters.items.b")
FIELDS = (*TEXT_FIELDS, *LISTS, "eventName", "readOnly", "requestParameters", "requestParameters.durationSeconds")

spelled = st.sampled_from([str.lower, str, str.upper])
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Test, st.sampled_from(TEXT_FIELDS), pieces('abAB1*\\"')),
    st.builds(Test, st.sampled_from(LISTS), pieces("abAB1") | st.sampled_from(["true", "1"]).map(Text.literal)),
    st.builds(
        lambda field, text, spell: Test(field, Text.literal(spell(text))),
        *(st.just("eventName"), st.sampled_from(NAMES), spelled),
    ),
    st.builds(
        lambda field, text, spell: Test(field, Text.literal(spell(text))),
        *(st.just("eventSource"), st.sampled_from(SOURCES), spelled),
    ),
    st.builds(
        lambda text: Test("eventType", Text.literal(text)),
        st.sampled_from(["AwsApiCall", "awsconsolesignin", "AwsConsoleAction", "awsserviceevent"]),
    ),
    st.builds(Test, st.just("sourceIPAddress"), st.sampled_from(NETWORKS).map(Cidr)),
    st.builds(Test, st.just("sourceIPAddress"), st.sampled_from(ADDRESSES).map(Text.literal)),
    st.builds(
        Test,
        st.sampled_from(["requestParameters.x", "requestParameters.durationSeconds"]),
        st.builds(Number, numbers, st.sampled_from(["=", "<", "<=", ">", ">="])),
    ),
    st.builds(Test, st.sampled_from(["readOnly", "requestParameters.x"]), st.builds(Boolean, st.booleans())),
    st.builds(Null, st.sampled_from(FIELDS)),
    st.builds(Exists, st.sampled_from(FIELDS), st.booleans()),
)
conditions = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


def disagreements(rule: Rule, tried: list[dict[str, Any]], outcomes: Counter[bool]) -> list[dict[str, Any]]:
    compiled = compile_patterns(rule)
    matchers = [EventPattern(pattern) for pattern in compiled.queries]
    wrong = []
    for record in tried:
        expected = rule.condition.matches(record)
        outcomes[expected] += 1
        answer = any(pattern.matches(event_of(record)) for pattern in matchers)
        if answer != expected and not (compiled.widenings and answer):
            wrong.append(record)
    return wrong


def test_random_conditions_on_random_records() -> None:
    outcomes: Counter[bool] = Counter()
    compiled: Counter[bool] = Counter()

    @settings(max_examples=700, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(conditions, st.integers(0, 2**64 - 1))
    def agree(condition: Condition, seed: int) -> None:
        records = Records(condition, seed)
        try:
            wrong = disagreements(rule_with(condition), [records.draw() for _ in range(8)], outcomes)
        except NotExpressibleError:
            compiled[False] += 1
            return
        compiled[True] += 1
        assert wrong == []

    agree()
    print(f"conditions compiled: {compiled[True]} of {compiled.total()}; pairs: {outcomes.total()}: {dict(outcomes)}")
    assert compiled[True] > 0.3 * compiled.total()
    assert outcomes.total() > 2000
    assert min(outcomes.values()) > 0.1 * outcomes.total()


# Networks are compared with few addresses only: the publisher of one file made them up, some with leading zeros, which
# EventBridge reads as addresses and the reference does not.
RULES = (
    "eventSource: cloudtrail.amazonaws.com\neventName: [StopLogging, DeleteTrail, UpdateTrail]",
    "eventName|startswith: delete",
    "eventName|endswith: POLICY\nerrorCode: null",
    "eventName|contains|cased: Policy",
    "a: {eventName|startswith: [Get, List, Describe]}\nb: {errorCode|exists: true}\ncondition: a and b",
    "a: {readOnly: true}\nb: {userIdentity.type: AssumedRole}\nc: {awsRegion: x}\ncondition: a and not (b or c)",
    "a: {errorCode: '*'}\nb: {errorCode: [AccessDenied, Client.UnauthorizedOperation]}\ncondition: a and not b",
    "eventName: ConsoleLogin\nadditionalEventData.MFAUsed: 'NO'\nresponseElements.ConsoleLogin: success",
    "userIdentity.type: Root\nuserIdentity.invokedBy: null",
    "a: {eventSource: s3.amazonaws.com}\nb: {requestParameters: null}\nc: {errorCode: null}\ncondition: a or (b and c)",
    "resources.type: AWS::iam::Role",
    "requestParameters.bucketName: '*'",
    "eventCategory: management\nmanagementEvent: true\neventSource|contains: '.Amazon'",
    "a: {sourceIPAddress|cidr: [192.0.2.0/24, 0.0.0.0/16]}\nb: {sourceIPAddress|endswith: aws.com}\ncondition: a or b",
    "errorMessage|contains|cased: 'is not authorized to perform: secretsmanager:'",
    "a: {userAgent|startswith: 'aws-cli/2'}\nb: {userAgent|endswith|cased: x}\ncondition: a or b",
    "a: {eventSource: [iam.amazonaws.com]}\nb: {tlsDetails.tlsVersion: tlsv1.2}\ncondition: a and not b",
)


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_rules_on_published_records() -> None:
    published = published_records()
    outcomes: Counter[bool] = Counter()
    for detection in RULES:
        of_rule: Counter[bool] = Counter()
        assert disagreements(rule_of(detection), published, of_rule) == []
        assert of_rule[True], f"no record matches: {detection}"
        outcomes += of_rule
    print(f"{len(RULES)} rules on {len(published)} records: {outcomes.total()} pairs: {dict(outcomes)}")


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_published_records_have_what_is_relied_on() -> None:
    published = published_records()
    assert len(published) == 659
    for record in published:
        assert all(None not in values(record, field) for field in NEVER_NULL)
        assert record.keys() >= _ALWAYS_THERE
        assert record.get("eventType", "AwsApiCall") in DETAIL_TYPES


def published_records() -> list[dict[str, Any]]:
    return [
        json.loads(line)["event"]
        for file in sorted(TESTDATA.glob("*.jsonl.gz"))
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
