"""Sigma rules as event patterns: exact results for each construct, rejections, and splitting."""

import json
from dataclasses import replace
from typing import Any

import pytest

from deadfall.patterns.aws_limits import MAX_PATTERN_CHARACTERS
from deadfall.patterns.condition import And, Condition, Not, Number, Or, Test, Text
from deadfall.patterns.detail_types import API_CALL, SIGN_IN
from deadfall.patterns.event_pattern import EventPattern
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.deployment_facts import matches_reads, regions
from deadfall.rules.sigma.event_bridge.patterns import pattern_text, patterns
from deadfall.rules.sigma.metric_filter.patterns import filter_patterns

from ..made import CONSOLE_ACTION, DETAIL_TYPES, INSIGHT, NETWORK_ACTIVITY, SERVICE_EVENT, event_of, rule_of, rule_with

NAMES = "eventSource and eventName"
UNNAMED = ", and leaving that out would match calls that the rule doesn't name"
OTHER_EVENTS = [SERVICE_EVENT, CONSOLE_ACTION, NETWORK_ACTIVITY]
NO_SIGN_IN = [API_CALL, *OTHER_EVENTS]
ANY_EVENT = [API_CALL, *SIGN_IN, *OTHER_EVENTS]
WITH_INSIGHTS = [API_CALL, *SIGN_IN, SERVICE_EVENT, CONSOLE_ACTION, INSIGHT, NETWORK_ACTIVITY]
NO_SIGN_IN_BUT_INSIGHTS = [API_CALL, *WITH_INSIGHTS[3:]]
NO_SERVICE_EVENT = [API_CALL, *SIGN_IN, CONSOLE_ACTION, INSIGHT, NETWORK_ACTIVITY]
ANYTHING = [{"prefix": ""}, True, False, {"numeric": ["<", 0]}, {"numeric": [">=", 0]}]


def detail_of(detection: str) -> Any:
    (pattern,) = patterns(rule_of(detection))
    EventPattern(pattern)
    return pattern.get("detail")


def refusal_of(detection: str) -> str:
    with pytest.raises(NotExpressibleError) as refused:
        patterns(rule_of(detection))
    return str(refused.value)


def field(name: str, text: str) -> Test:
    return Test(name, Text.literal(text))


def test_whole_pattern() -> None:
    assert patterns(rule_of("eventSource: cloudtrail.amazonaws.com\neventName: [StopLogging, DeleteTrail]")) == [
        {
            "source": ["aws.cloudtrail"],
            "detail-type": NO_SIGN_IN,
            "detail": {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": ["StopLogging", "DeleteTrail"]},
        }
    ]


@pytest.mark.parametrize(
    ("detection", "detail"),
    [
        # Case: AWS's own names as AWS writes them, other texts in any case.
        ("eventName: stoplogging", {"eventName": ["StopLogging"]}),
        ("eventName: NoSuchCall", {"eventName": [{"equals-ignore-case": "NoSuchCall"}]}),
        ("userAgent: Foo", {"userAgent": [{"equals-ignore-case": "Foo"}]}),
        ("userAgent|cased: Foo", {"userAgent": ["Foo"]}),
        ("userAgent: '1.2'", {"userAgent": ["1.2"]}),
        ("userAgent: ''", {"userAgent": [""]}),
        # An address as a literal would equal its other spellings.
        ("sourceIPAddress: 10.0.0.1", {"sourceIPAddress": [{"equals-ignore-case": "10.0.0.1"}]}),
        ("sourceIPAddress|cased: 'fe80::1'", {"sourceIPAddress": [{"wildcard": "fe80::1"}]}),
        # Parts of texts
        ("userAgent|startswith: Foo", {"userAgent": [{"prefix": {"equals-ignore-case": "Foo"}}]}),
        ("userAgent|endswith: Foo", {"userAgent": [{"suffix": {"equals-ignore-case": "Foo"}}]}),
        ("userAgent|startswith|cased: Foo", {"userAgent": [{"prefix": "Foo"}]}),
        ("userAgent|endswith|cased: Foo", {"userAgent": [{"suffix": "Foo"}]}),
        ("userAgent|contains|cased: Foo", {"userAgent": [{"wildcard": "*Foo*"}]}),
        ("userAgent|contains: '-1'", {"userAgent": [{"wildcard": "*-1*"}]}),
        ("eventSource|contains: S3", {"eventSource": [{"wildcard": "*s3*"}]}),
        ("userAgent|cased: 'a*b'", {"userAgent": [{"wildcard": "a*b"}]}),
        (r"userAgent|contains|cased: 'a\*\b'", {"userAgent": [{"wildcard": r"*a\*\\b*"}]}),
        # EventBridge would match a"* with the end of the text a, and *"a with its beginning.
        ("""userAgent|cased: ['a"*', '*"b']""", {"userAgent": [{"wildcard": 'a"*'}, {"wildcard": '*"b'}]}),
        ("""userAgent|cased: ['a"b*', '*b"a']""", {"userAgent": [{"prefix": 'a"b'}, {"suffix": 'b"a'}]}),
        ("userAgent|cased: Ä*", {"userAgent": [{"prefix": "Ä"}]}),
        ("userAgent: '*'", {"userAgent": [{"prefix": ""}]}),
        ("userAgent|contains: '*'", {"userAgent": [{"prefix": ""}]}),
        ("userAgent: [a, B, '2*']", {"userAgent": [*({"equals-ignore-case": t} for t in "aB"), {"prefix": "2"}]}),
        ("userAgent|cased: [ab, 'a*']", {"userAgent": [{"prefix": "a"}]}),
        ("userAgent|contains|all|cased: [x, yz]", {"userAgent": [{"wildcard": "*x*yz*"}, {"wildcard": "*yz*x*"}]}),
        ("userAgent|startswith|cased: x\nuserAgent|endswith|cased: y", {"userAgent": [{"wildcard": "x*y"}]}),
        # Values of other types whose JSON form equals the text
        ("requestParameters.x: 'True'", {"requestParameters": {"x": [{"equals-ignore-case": "True"}, True]}}),
        ("requestParameters.x: '22'", {"requestParameters": {"x": ["22", 22]}}),
        ("requestParameters.x: '022'", {"requestParameters": {"x": ["022"]}}),
        ("requestParameters.x: '*'", {"requestParameters": {"x": ANYTHING}}),
        ("requestParameters.x|cased: 't*e'", {"requestParameters": {"x": [{"wildcard": "t*e"}, True]}}),
        ("requestParameters.x|startswith: '0.0.0.'", {"requestParameters": {"x": [{"prefix": "0.0.0."}]}}),
        # Booleans and numbers
        ("requestParameters.x: true", {"requestParameters": {"x": [True]}}),
        ("readOnly: 'false'", {"readOnly": [False]}),
        ("requestParameters.x: 22", {"requestParameters": {"x": [22]}}),
        ("requestParameters.x|gt: 22", {"requestParameters": {"x": [{"numeric": [">", 22]}]}}),
        ("requestParameters.x|lte: 2.5", {"requestParameters": {"x": [{"numeric": ["<=", 2.5]}]}}),
        (
            "requestParameters.durationSeconds|gte: 1\nrequestParameters.durationSeconds|lt: 5",
            {"requestParameters": {"durationSeconds": [{"numeric": [">=", 1, "<", 5]}]}},
        ),
        # Networks
        # Of IPv4 in texts, as EventBridge's own operator would compare IPv6 addresses by their first digits.
        ("sourceIPAddress|cidr: 10.0.0.0/8", {"sourceIPAddress": [{"prefix": "10."}]}),
        ("sourceIPAddress|cidr: 10.128.0.0/15", {"sourceIPAddress": [{"prefix": "10.128."}, {"prefix": "10.129."}]}),
        ("sourceIPAddress|cidr: 10.0.0.1/32", {"sourceIPAddress": [{"equals-ignore-case": "10.0.0.1"}]}),
        ("requestParameters.x|cidr: 10.0.0.1/32", {"requestParameters": {"x": [{"equals-ignore-case": "10.0.0.1"}]}}),
        ("sourceIPAddress|cidr: 2001:db8::/32", {"sourceIPAddress": [{"cidr": "2001:db8::/32"}]}),
        # Absence
        ("errorCode: null", {"errorCode": [None, {"exists": False}]}),
        ("errorCode|exists: true", {"errorCode": [{"exists": True}]}),
        ("errorCode|exists: false", {"errorCode": [{"exists": False}]}),
        ("requestParameters: null", {"requestParameters": [None]}),
        # Paths
        (
            "userIdentity.type: Root\nuserIdentity.sessionContext.attributes.mfaAuthenticated: 'False'",
            {"userIdentity": {"type": ["Root"], "sessionContext": {"attributes": {"mfaAuthenticated": ["false"]}}}},
        ),
    ],
)
def test_exact_values(detection: str, detail: dict[str, Any]) -> None:
    assert detail_of(detection) == detail


@pytest.mark.parametrize(
    ("of", "detail"),
    [
        ("eventName: stoplogging", {"eventName": [{"anything-but": "StopLogging"}, {"exists": False}]}),
        (
            "eventName: [StopLogging, DeleteTrail]",
            {"eventName": [{"anything-but": ["StopLogging", "DeleteTrail"]}, {"exists": False}]},
        ),
        ("userAgent: Foo", {"userAgent": [{"anything-but": {"equals-ignore-case": "Foo"}}, {"exists": False}]}),
        (
            "userAgent: [Foo, '1']",
            {"userAgent": [{"anything-but": {"equals-ignore-case": ["Foo", "1"]}}, {"exists": False}]},
        ),
        ("userAgent|startswith|cased: F", {"userAgent": [{"anything-but": {"prefix": "F"}}, {"exists": False}]}),
        (
            "userAgent|endswith|cased: [F, G]",
            {"userAgent": [{"anything-but": {"suffix": ["F", "G"]}}, {"exists": False}]},
        ),
        (
            r"userAgent|cased: [F, 'G*', '*\*H*']",
            {"userAgent": [{"anything-but": {"wildcard": ["F", "G*", r"*\*H*"]}}, {"exists": False}]},
        ),
        ("userAgent: ['', '*1']", {"userAgent": [{"anything-but": {"wildcard": ["", "*1"]}}, {"exists": False}]}),
        ("errorCode: '*'", {"errorCode": [None, {"exists": False}]}),
        ("errorCode: null", {"errorCode": [{"prefix": ""}]}),
        ("errorCode|exists: true", {"errorCode": [{"exists": False}]}),
        ("readOnly: true", {"readOnly": [False, None, {"exists": False}]}),
        ("readOnly: null", {"readOnly": [True, False]}),
        (
            "requestParameters.durationSeconds: 5",
            {
                "requestParameters": {
                    "durationSeconds": [{"numeric": ["<", 5]}, {"numeric": [">", 5]}, None, {"exists": False}]
                }
            },
        ),
        (
            "requestParameters.durationSeconds|lt: 5",
            {"requestParameters": {"durationSeconds": [{"numeric": [">=", 5]}, None, {"exists": False}]}},
        ),
    ],
)
def test_exact_negations(of: str, detail: dict[str, Any] | None) -> None:
    body = "\n".join(f"  {line}" for line in of.splitlines())
    assert detail_of(f"selection:\n{body}\ncondition: not selection") == detail


def test_text_is_no_number() -> None:
    (pattern,) = patterns(rule_with(Not(Test("userAgent", Number(5)))))
    assert "detail" not in pattern


def test_a_key_with_a_dot_is_refused() -> None:
    assert "requestParameters.tags.a\\.b has a key with a dot" in refusal_of("requestParameters.tags.a\\.b: x")


@pytest.mark.parametrize(
    ("detection", "detail"),
    [
        (
            "eventName: StopLogging\nuserAgent: x",
            {"eventName": ["StopLogging"], "userAgent": [{"equals-ignore-case": "x"}]},
        ),
        # Alternatives of one field are one list, and shared fields occur once.
        (
            "one: {errorCode: null}\ntwo: {errorCode: '1'}\nboth: {eventName: StopLogging}\n"
            "condition: both and (one or two)",
            {"errorCode": [None, {"exists": False}, "1"], "eventName": ["StopLogging"]},
        ),
        (
            "one: {eventName: StopLogging, errorCode: '1'}\ntwo: {userAgent: '2', errorCode: '1'}\n"
            "condition: 1 of them",
            {"errorCode": ["1"], "$or": [{"eventName": ["StopLogging"]}, {"userAgent": ["2"]}]},
        ),
        # What an alternative adds to nothing goes.
        (
            "one: {eventName: StopLogging}\ntwo: {eventName: StopLogging, errorCode: '1'}\ncondition: one or two",
            {"eventName": ["StopLogging"]},
        ),
        (
            "one: {errorCode|exists: true}\ntwo: {errorCode|exists: false, eventName: StopLogging}\n"
            "three: {eventName: StopLogging}\ncondition: three and (one or two)",
            {"eventName": ["StopLogging"]},
        ),
        (
            "one: {eventName: [StopLogging, DeleteTrail]}\ntwo: {eventName: DeleteTrail}\ncondition: one and not two",
            {"eventName": ["StopLogging"]},
        ),
        (
            "one: {userAgent: '1', errorCode: '2'}\ncondition: not one",
            {
                "$or": [
                    {"userAgent": [{"anything-but": "1"}, {"exists": False}]},
                    {"errorCode": [{"anything-but": "2"}, {"exists": False}]},
                ]
            },
        ),
        (
            "one: {errorCode: '*'}\ntwo: {errorCode: AccessDenied}\ncondition: one and not two",
            {"errorCode": [{"anything-but": "AccessDenied"}]},
        ),
        (
            "one: {sourceIPAddress|cidr: 10.0.0.0/8}\ntwo: {sourceIPAddress: [10.0.0.1, AWS Internal]}\n"
            "condition: one and two",
            {"sourceIPAddress": [{"equals-ignore-case": "10.0.0.1"}]},
        ),
        (
            "one: {sourceIPAddress|cidr: 10.0.0.0/8}\ntwo: {sourceIPAddress|cidr: 10.2.0.0/16}\ncondition: one and two",
            {"sourceIPAddress": [{"prefix": "10.2."}]},
        ),
        (
            "one: {sourceIPAddress|cidr: 10.2.0.0/16}\ntwo: {sourceIPAddress|cidr: 10.0.0.0/8}\ncondition: one and two",
            {"sourceIPAddress": [{"prefix": "10.2."}]},
        ),
    ],
)
def test_combinations_to_the_letter(detection: str, detail: dict[str, Any]) -> None:
    assert detail_of(detection) == detail


@pytest.mark.parametrize(
    ("detection", "source", "detail_types"),
    [
        ("eventSource: [s3.amazonaws.com, IAM.amazonaws.com]", ["aws.s3", "aws.iam"], NO_SIGN_IN),
        ("eventSource: s3.eu.amazonaws.com", [{"prefix": "aws."}], NO_SIGN_IN),
        ("eventSource|startswith: s3", [{"prefix": "aws."}], NO_SIGN_IN),
        ("eventSource|endswith: .amazonaws.com", [{"prefix": "aws."}], ANY_EVENT),
        ("eventName: ConsoleLogin", [{"prefix": "aws."}], ANY_EVENT),
        ("eventSource: signin.amazonaws.com", ["aws.signin"], ANY_EVENT),
        ("eventType: AwsConsoleSignIn", [{"prefix": "aws."}], [*SIGN_IN]),
        ("eventType|cased: AwsConsoleSignIn", [{"prefix": "aws."}], [*SIGN_IN]),
        ("eventType: AwsApiCall", [{"prefix": "aws."}], [API_CALL]),
        ("eventType: AwsServiceEvent", [{"prefix": "aws."}], [SERVICE_EVENT]),
        ("eventType: [AwsServiceEvent, AwsApiCall]", [{"prefix": "aws."}], [API_CALL, SERVICE_EVENT]),
        ("eventType: AwsConsoleAction", [{"prefix": "aws."}], [CONSOLE_ACTION]),
        ("eventType: AwsVpceEvents", [{"prefix": "aws."}], [NETWORK_ACTIVITY]),
        ("eventType: '*'", [{"prefix": "aws."}], WITH_INSIGHTS),
        ("a: {eventType: AwsServiceEvent}\ncondition: not a", [{"prefix": "aws."}], NO_SERVICE_EVENT),
        ("a: {eventType: AwsApiCall}\ncondition: not a", [{"prefix": "aws."}], WITH_INSIGHTS[1:]),
        (
            "a: {eventSource: signin.amazonaws.com}\ncondition: not a",
            [{"prefix": "aws."}],
            [API_CALL, *WITH_INSIGHTS[3:]],
        ),
        ("awsRegion: eu-west-1", [{"prefix": "aws."}], WITH_INSIGHTS),
        ("insightDetails.eventName: RunInstances", [{"prefix": "aws."}], WITH_INSIGHTS),
        ("awsRegion: eu-west-1\nuserIdentity.type: Root", [{"prefix": "aws."}], ANY_EVENT),
    ],
)
def test_envelope(detection: str, source: list[Any], detail_types: list[str]) -> None:
    (pattern,) = patterns(rule_of(detection))
    assert (pattern["source"], pattern["detail-type"]) == (source, detail_types)


def test_an_event_without_a_type_may_have_any_detail_type() -> None:
    (pattern,) = patterns(rule_of("eventSource: s3.amazonaws.com\neventType: null"))
    record = {"eventSource": "s3.amazonaws.com"}
    assert EventPattern(pattern).matches(event_of(record))
    assert {API_CALL, SERVICE_EVENT, CONSOLE_ACTION, NETWORK_ACTIVITY} == set(pattern["detail-type"])
    assert not EventPattern(pattern).matches(event_of({**record, "eventType": "AwsApiCall"}))


@pytest.mark.parametrize("event_type", DETAIL_TYPES)
def test_an_event_of_any_type_matches_unless_the_rule_excludes_its_type(event_type: str) -> None:
    record = {"eventSource": "signin.amazonaws.com", "eventName": "SetSecurityQuestions", "eventType": event_type}
    if event_type == "AwsCloudTrailInsight":
        record = {"awsRegion": "eu-west-1", "eventType": event_type}
    for detection, expected in (
        ("eventName: SetSecurityQuestions" if "eventName" in record else "awsRegion: eu-west-1", True),
        (f"eventType: {event_type}", True),
        (f"a: {{eventType: {event_type}}}\ncondition: not a", False),
    ):
        rule = rule_of(detection)
        assert rule.condition.matches(record) is expected
        assert any(EventPattern(pattern).matches(event_of(record)) for pattern in patterns(rule)) is expected


@pytest.mark.parametrize(
    ("detection", "reason"),
    [
        ("userAgent|re: a.*b", "userAgent|re is a regular expression, which event patterns don't support"),
        ("userAgent|fieldref: eventName", "userAgent|fieldref compares two fields, which event patterns can't"),
        ("keywords: [foo]\ncondition: keywords", "keywords search every field, which event patterns can't"),
        ("userAgent: 'a?'", "userAgent is compared with '?', which event patterns don't support"),
        ("userAgent|contains: foo", "userAgent is compared with part of a text in any case"),
        ("""userAgent|startswith: 'a"'""", "userAgent is compared with part of a text in any case"),
        ("s: {userAgent|startswith: foo}\ncondition: not s", "userAgent is compared with part of a text in any case"),
        (
            "s: {userAgent|cased: Foo}\nt: {userAgent: Bar}\ncondition: not 1 of them",
            "userAgent is compared with part",
        ),
        ("requestParameters.x: null", "requestParameters.x may be a list or an object, which an event pattern can't"),
        (
            "requestParameters.x|exists: true",
            "requestParameters.x may be a list or an object, which an event pattern can't",
        ),
        (
            "s: {userIdentity: null}\ncondition: not s",
            "userIdentity is an object, which an event pattern can't test for",
        ),
        (
            "responseElements|exists: false",
            "responseElements is an object, which an event pattern can't test for",
        ),
        (
            "s: {requestParameters.x: a}\ncondition: not s",
            "requestParameters.x may be a list or an object, which an event pattern can't",
        ),
        (
            "requestParameters.x|contains|all|cased: [a, b]",
            "requestParameters.x has two conditions, and it may be a list",
        ),
        ("requestParameters.x|startswith: '1'", "requestParameters.x may be a number"),
        ("resources.ARN: a\nresources.type: b", "resources.ARN and resources.type may be in different elements"),
        (
            "requestParameters.x: a\nrequestParameters.x.y: b",
            "requestParameters.x and requestParameters.x.y may be in",
        ),
        (
            "s: {sourceIPAddress|cidr: '2001:db8::/32'}\ncondition: not s",
            "sourceIPAddress|cidr can't be negated",
        ),
        ("requestParameters.x|cidr: 10.0.0.0/8", "requestParameters.x|cidr compares digits"),
        ("requestParameters.x|cidr: '2001:db8::/32'", "requestParameters.x|cidr compares digits"),
        ("sourceIPAddress|cidr: 2000::/3", "sourceIPAddress|cidr compares digits"),
        (
            "s: {userAgent|startswith|cased: a}\nt: {userAgent|cased: ab}\ncondition: s and not t",
            "the conditions on userAgent can't be combined",
        ),
        (
            "s: {userAgent: '*'}\nt: {userAgent: a}\ncondition: s and not t",
            "userAgent must be neither null nor certain texts, and anything-but admits null",
        ),
        ("eventType: AwsFoo", "unknown eventType 'AwsFoo'; use one of AwsApiCall"),
        ("eventType|contains: Foo", "unknown eventType '*Foo*'; use one of AwsApiCall"),
        ("userAgent: a\nuserAgent|cased: B", "no record can meet all its conditions"),
    ],
)
def test_refusals(detection: str, reason: str) -> None:
    refusal = refusal_of(detection)
    assert refusal.startswith(f"some_rule: in EventBridge, {reason}")
    assert ";" in refusal  # and what to change


# Limits


def covered(condition: Condition, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The patterns, after a look that each is within the limits and that together they match these records."""
    found = patterns(rule_with(condition))
    compiled = [EventPattern(pattern) for pattern in found]
    assert all(len(pattern_text(pattern)) <= MAX_PATTERN_CHARACTERS for pattern in found)
    for record in records:
        whole = {"eventSource": "s3.amazonaws.com", "eventType": "AwsApiCall", **record}
        assert any(pattern.matches(event_of(whole)) for pattern in compiled)
        assert not any(pattern.matches(event_of({**whole, **dict.fromkeys(record, "other")})) for pattern in compiled)
    return found


def test_long_list_is_split_in_halves() -> None:
    names = [f"user-{number:03}-{'x' * 20}" for number in range(120)]
    tests = Or(tuple(field("userIdentity.userName", name) for name in names))
    found = covered(And((field("errorCode", "1"), tests)), [])
    listed = [
        value["equals-ignore-case"] for pattern in found for value in pattern["detail"]["userIdentity"]["userName"]
    ]
    assert listed == names
    assert len(found) == 4
    assert all(pattern["detail"]["errorCode"] == ["1"] for pattern in found)


def test_many_alternatives_are_split() -> None:
    names = [f"requestParameters.field{number:03}" for number in range(80)]
    found = covered(Or(tuple(field(name, "1") for name in names)), [])
    assert [name for pattern in found for each in pattern["detail"]["$or"] for name in each["requestParameters"]] == [
        name.split(".")[1] for name in names
    ]


def test_reserved_words_stand_in_patterns_of_their_own() -> None:
    condition = Or((field("requestParameters.prefix", "x1"), field("errorCode", "x2")))
    found = covered(condition, [{"requestParameters": {"prefix": "x1"}}, {"errorCode": "x2"}])
    assert [pattern["detail"] for pattern in found] == [
        {"requestParameters": {"prefix": [{"equals-ignore-case": "x1"}]}},
        {"errorCode": [{"equals-ignore-case": "x2"}]},
    ]


def test_too_complex_wildcards_are_split() -> None:
    detection = "userAgent|contains|cased: [" + ", ".join(f"a{letter}a" for letter in "bcdefghijklmnop") + "]"
    found = patterns(rule_of(detection))
    assert len(found) > 1
    for pattern in found:
        EventPattern(pattern)
    assert sum(len(pattern["detail"]["userAgent"]) for pattern in found) == 15


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (
            And(tuple(Not(field("errorCode", f"{number:0100}")) for number in range(30))),
            "some_rule: in EventBridge, its pattern has 3489 characters, and the limit is 2048, and it can't be split "
            f"further{UNNAMED}; split the rule, or name {NAMES} in every alternative",
        ),
        (
            Test("userAgent", Text.literal("x" * 3000)),
            "some_rule: in EventBridge, its pattern has 3328 characters, and the limit is 2048, and it can't be split "
            f"further{UNNAMED}; split the rule, or name {NAMES} in every alternative",
        ),
        (
            And(
                tuple(
                    Or((field(f"requestParameters.a{number}", "1"), field(f"requestParameters.b{number}", "1")))
                    for number in range(10)
                )
            ),
            f"some_rule: in EventBridge, it needs more than 1000 combinations of alternatives{UNNAMED}; split the "
            f"rule, or name {NAMES} in every alternative",
        ),
    ],
)
def test_what_cannot_be_split_is_refused(condition: Condition, reason: str) -> None:
    with pytest.raises(NotExpressibleError) as refused:
        patterns(rule_with(condition))
    assert str(refused.value) == reason


def test_patterns_are_json() -> None:
    (pattern,) = patterns(rule_of("userAgent: [x, '1']\nreadOnly: true"))
    assert json.loads(pattern_text(pattern)) == pattern


# GuardDuty's findings


@pytest.mark.parametrize(
    ("detection", "detail"),
    [
        ("severity|gte: 4", {"severity": [{"numeric": [">=", 4]}]}),
        ("type|startswith|cased: 'Recon:'", {"type": [{"prefix": "Recon:"}]}),
        (
            "resource.accessKeyDetails.userType: Root\nservice.archived: false",
            {
                "resource": {"accessKeyDetails": {"userType": [{"equals-ignore-case": "Root"}]}},
                "service": {"archived": [False]},
            },
        ),
        (
            "one: {severity|gte: 4}\ntwo: {type|startswith|cased: 'Recon:'}\ncondition: one and not two",
            {
                "severity": [{"numeric": [">=", 4]}],
                "type": [{"anything-but": {"prefix": "Recon:"}}, {"exists": False}],
            },
        ),
    ],
)
def test_findings_to_the_letter(detection: str, detail: dict[str, Any]) -> None:
    rule = replace(rule_of(detection), service="guardduty")
    assert patterns(rule) == [{"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"], "detail": detail}]
    assert not matches_reads(rule)
    assert regions(rule, ("eu-west-1", "eu-north-1")) == ("eu-west-1", "eu-north-1")
    with pytest.raises(NotExpressibleError, match=r"^some_rule: a metric filter can't match GuardDuty's findings"):
        filter_patterns(rule)


def test_long_lists_of_findings_are_split_with_their_envelope() -> None:
    names = ", ".join(f"'Recon:IAMUser/{number:040}'" for number in range(60))
    found = patterns(replace(rule_of(f"type: [{names}]"), service="guardduty"))
    assert len(found) > 1
    assert {(*pattern["source"], *pattern["detail-type"]) for pattern in found} == {
        ("aws.guardduty", "GuardDuty Finding")
    }
