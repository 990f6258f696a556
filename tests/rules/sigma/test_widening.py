"""Supersets: queries of rules that AWS can't express match all that the rule matches, and say why they match more.

The responder evaluates the rule on what they match, so query and rule together are exact.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deadfall.patterns.condition import (
    ONE,
    And,
    Cidr,
    Condition,
    Keyword,
    Not,
    Number,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
)
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules.sigma.back_end import Compiled, NotExpressibleError
from deadfall.rules.sigma.event_bridge.patterns import compile_patterns
from deadfall.rules.sigma.metric_filter.patterns import compile_filters
from deadfall.rules.sigma.rule import Rule

from .event_bridge import test_patterns_are_exact as random_rules
from .made import event_of, rule_of, rule_with

Record = Mapping[str, Any]

SSH_TO_THE_WORLD = """\
eventSource: ec2.amazonaws.com
eventName: AuthorizeSecurityGroupIngress
requestParameters.ipPermissions.items.ipRanges.items.cidrIp: 0.0.0.0/0
requestParameters.ipPermissions.items.fromPort: 22
"""


def on_event_path(rule: Rule) -> tuple[Compiled, Callable[[Record], bool]]:
    compiled = compile_patterns(rule)
    patterns = [EventPattern(pattern) for pattern in compiled.queries]
    return compiled, lambda record: any(pattern.matches(event_of(record)) for pattern in patterns)


def on_log_path(rule: Rule) -> tuple[Compiled, Callable[[Record], bool]]:
    compiled = compile_filters(rule)
    filters = [FilterPattern(text) for text in compiled.queries]
    return compiled, lambda record: any(each.matches(record) for each in filters)


PATHS = pytest.mark.parametrize("on_path", [on_event_path, on_log_path])


# Random rules that name their calls

inexpressible: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Test, st.sampled_from(random_rules.FIELDS), st.sampled_from(["a", "^1", "b$"]).map(Regex)),
    st.builds(Keyword, random_rules.pieces("abAB1"), st.sampled_from([None, "requestParameters"])),
    st.builds(SameAs, st.sampled_from(random_rules.TEXT_FIELDS), st.sampled_from(random_rules.TEXT_FIELDS)),
    st.builds(
        lambda field: Test(field, Text((Part("a"), Part(wildcard=ONE)))), st.sampled_from(random_rules.TEXT_FIELDS)
    ),
    st.builds(Test, st.just("requestParameters.x"), st.sampled_from(random_rules.NETWORKS).map(Cidr)),
)
conditions = st.recursive(
    random_rules.leaves | inexpressible,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(random_rules.Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@PATHS
def test_queries_and_rule_together_are_exact(on_path: Any) -> None:
    outcomes: Counter[str] = Counter()

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(conditions, st.integers(0, 2**64 - 1))
    def agree(condition: Condition, seed: int) -> None:
        named = And(
            (
                Test("eventSource", Text.literal("s3.amazonaws.com")),
                Test("eventName", Text.literal("GetObject")),
                condition,
            )
        )
        try:
            compiled, matches = on_path(rule_with(named))
        except NotExpressibleError:
            outcomes["refused"] += 1
            return
        drawn = random_rules.Records(condition, seed)
        call = {"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "eventType": "AwsApiCall"}
        for record in ({**drawn.draw(), **call} for _ in range(6)):
            means, answers = named.matches(record), matches(record)
            assert answers if means else not answers or compiled.widenings, record
            outcomes["match" if means else "extra" if answers else "none"] += 1

    agree()
    print(dict(outcomes))
    assert outcomes["match"] > 100 and outcomes["extra"] > 100 and outcomes["none"] > 100
    assert outcomes["refused"] < 150


# The cases that supersets are for

EC2 = {"eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress", "eventType": "AwsApiCall"}


def opened(*permissions: tuple[int, str]) -> Record:
    items = [{"fromPort": port, "ipRanges": {"items": [{"cidrIp": network}]}} for port, network in permissions]
    return {**EC2, "requestParameters": {"ipPermissions": {"items": items}}}


def test_ssh_opened_to_the_world() -> None:
    rule = rule_of(SSH_TO_THE_WORLD)
    compiled, matches = on_event_path(rule)
    assert compiled.widenings == (
        "requestParameters.ipPermissions.items.ipRanges.items.cidrIp and requestParameters.ipPermissions.items.fromPort"
        " may be in different elements of a list, and EventBridge requires both in one, so the pattern matches more, "
        "and the responder checks the rest",
    )
    (pattern,) = compiled.queries
    assert pattern["source"] == ["aws.ec2"]
    assert pattern["detail"]["eventName"] == ["AuthorizeSecurityGroupIngress"]
    for record, reaches_responder, means in (
        (opened((22, "0.0.0.0/0")), True, True),
        (opened((443, "0.0.0.0/0"), (22, "10.0.0.0/8")), True, True),  # a rule can't ask for both in one element
        (opened((443, "0.0.0.0/0")), True, False),
        (opened((22, "10.0.0.0/8")), False, False),
    ):
        assert (matches(record), rule.condition.matches(record)) == (reaches_responder, means)


def test_a_filter_leaves_out_what_may_be_a_list() -> None:
    compiled, matches = on_log_path(rule_of(SSH_TO_THE_WORLD))
    assert compiled.queries == (
        '{ ($.eventSource = "ec2.amazonaws.com") && ($.eventName = "AuthorizeSecurityGroupIngress") }',
    )
    assert [why.partition(": it does not look into lists")[0] for why in compiled.widenings] == [
        "a metric filter can't use requestParameters.ipPermissions.items.ipRanges.items.cidrIp",
        "a metric filter can't use requestParameters.ipPermissions.items.fromPort",
    ]
    assert matches(opened((443, "10.0.0.0/8")))


@PATHS
def test_trusted_networks_are_exact_both_ways(on_path: Any) -> None:
    trusted = "trusted: {sourceIPAddress|cidr: [10.0.0.0/8, 192.0.2.64/28, 198.51.100.7/32]}\ncondition: "
    addresses = (
        "10.1.2.3",
        "192.0.2.65",
        "198.51.100.7",
        "192.0.3.1",
        "198.51.100.70",
        "a00::1",
        "AWS Internal",
        "100.1.1.1",
    )
    inside = {"10.1.2.3", "192.0.2.65", "198.51.100.7"}
    for negated in (False, True):
        rule = rule_of(f"{trusted}{'not ' if negated else ''}trusted")
        compiled, matches = on_path(rule)
        assert not compiled.widenings
        for address in addresses:
            record = {"eventSource": "sts.amazonaws.com", "eventType": "AwsApiCall", "sourceIPAddress": address}
            assert matches(record) == rule.condition.matches(record) == ((address in inside) != negated)


def test_networks_of_other_fields_match_addresses_with_the_same_digits() -> None:
    compiled, matches = on_event_path(
        rule_of("eventSource: a.amazonaws.com\neventName: CreateThing\nrequestParameters.address|cidr: 38.0.0.0/8")
    )
    assert compiled.widenings == (
        "requestParameters.address|cidr compares digits, and 38.0.0.0/8 also contains other values with these digits, "
        "such as addresses of the other IP version, so the pattern matches more, and the responder checks the rest",
    )
    call = {"eventSource": "a.amazonaws.com", "eventName": "CreateThing", "eventType": "AwsApiCall"}
    assert matches({**call, "requestParameters": {"address": "2600::1"}})


@PATHS
def test_messages_with_one_spelling(on_path: Any) -> None:
    compiled, matches = on_path(rule_of("eventName: ConsoleLogin\nerrorMessage: failed AUTHENTICATION"))
    assert not compiled.widenings
    record = {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn"}
    assert matches({**record, "errorMessage": "Failed authentication"})
    assert not matches({**record, "errorMessage": "No username found in supplied account"})


@pytest.mark.parametrize(
    ("detection", "kept"),
    [
        ("userAgent|re: a.*b", {}),
        ("userAgent: 'a?'", {}),
        ("userAgent|contains: foo", {}),
        ("userAgent|fieldref: eventID", {}),
        ("requestParameters|contains: foo", {}),
        ("requestParameters.x|contains|all|cased: [a, b]", {"requestParameters": {"x": [{"wildcard": "*a*"}, False]}}),
        ("requestParameters.x|startswith: '1'", {}),
        # Of two fields in one list the one that fewer records have.
        ("resources.ARN|startswith|cased: a\nresources.type: '1'", {"resources": {"type": ["1", 1]}}),
        ("requestParameters.x: null", {}),
    ],
)
def test_what_a_pattern_leaves_out(detection: str, kept: Any) -> None:
    compiled, _ = on_event_path(rule_of(f"eventSource: iam.amazonaws.com\neventName: CreateUser\n{detection}"))
    (pattern,) = compiled.queries
    named = {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser"]}
    assert pattern["detail"] == named | kept
    assert len(compiled.widenings) == 1


def test_numbers_that_doubles_skip_are_left_out() -> None:
    call = And((Test("eventSource", Text.literal("a.amazonaws.com")), Test("eventName", Text.literal("CreateUser"))))
    compiled, _ = on_event_path(rule_with(And((call, Test("requestParameters.x", Number(2**53))))))
    assert "requestParameters" not in compiled.queries[0]["detail"]
    assert compiled.widenings[0].startswith("requestParameters.x is compared with a number from 9007199254740992 on")


def test_negations_are_left_out_too() -> None:
    detection = (
        "call: {eventSource: iam.amazonaws.com, eventName: CreateUser}\n"
        "known: {requestParameters.tags.key: owner}\nconsole: {userAgent|contains: console}\n"
        "condition: call and not known and not console"
    )
    compiled, matches = on_event_path(rule_of(detection))
    assert len(compiled.widenings) == 2
    assert matches({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventType": "AwsApiCall"})


@PATHS
@pytest.mark.parametrize(
    "detection",
    [
        "userAgent|re: (a|b)",
        "eventName: CreateUser\nuserAgent|re: (a|b)",
        "eventSource: iam.amazonaws.com\nuserAgent|re: (a|b)",
        "eventSource: iam.amazonaws.com\neventName|startswith: Create\nuserAgent|re: (a|b)",
        "call: {eventSource: iam.amazonaws.com, eventName: CreateUser}\nagent: {userAgent|re: (a|b)}\n"
        "condition: call or agent",
        "call: {eventSource: iam.amazonaws.com, eventName: CreateUser}\nagent: {userAgent|re: (a|b)}\n"
        "condition: agent and not call",
    ],
)
def test_rules_that_do_not_name_their_calls_are_refused(on_path: Any, detection: str) -> None:
    with pytest.raises(NotExpressibleError) as refused:
        on_path(rule_of(detection))
    assert "and leaving that out would match calls that the rule doesn't name; " in str(refused.value)
    assert str(refused.value).endswith("or name eventSource and eventName in every alternative")


@PATHS
def test_calls_with_a_version_are_named(on_path: Any) -> None:
    detection = (
        "eventSource: lambda.amazonaws.com\neventName|startswith: UpdateFunctionConfiguration\n"
        "requestParameters.layers|contains: x"
    )
    compiled, matches = on_path(rule_of(detection))
    assert compiled.widenings
    call = {"eventSource": "lambda.amazonaws.com", "eventType": "AwsApiCall"}
    assert matches({**call, "eventName": "UpdateFunctionConfiguration20150331v2"})
    assert not matches({**call, "eventName": "UpdateFunctionCode20150331v2"})


def test_findings_are_named_by_their_type() -> None:
    finding = "type|startswith|cased: 'UnauthorizedAccess:'\nresource.accessKeyDetails.userName|contains: admin"
    named = replace(rule_of(finding), service="guardduty")
    assert len(compile_patterns(named).widenings) == 1
    with pytest.raises(NotExpressibleError, match="or name type in every alternative"):
        compile_patterns(replace(rule_of("title|contains: admin"), service="guardduty"))


CREATE_USER = "eventSource: iam.amazonaws.com\neventName: CreateUser\n"


def test_long_filters_leave_out_regexes() -> None:
    compiled, _ = on_log_path(rule_of(f"{CREATE_USER}userAgent: a\nerrorCode: b\nuserIdentity.arn: cc"))
    (text,) = compiled.queries
    assert "userIdentity.arn" not in text and "userAgent" in text and "errorCode" in text
    assert compiled.widenings[0].startswith("a metric filter can't have more than 1024 characters or 2 regexes")


def test_long_filters_leave_out_long_lists() -> None:
    call = "call: {eventSource: iam.amazonaws.com, eventName: CreateUser, readOnly: false}"
    rule = rule_of(f"{call}\ntrusted: {{sourceIPAddress|cidr: 192.0.2.64/26}}\ncondition: call and not trusted")
    compiled, _ = on_log_path(rule)
    assert compiled.queries == (
        '{ ($.eventSource = "iam.amazonaws.com") && ($.eventName = "CreateUser") && ($.readOnly IS FALSE) }',
    )
    assert len(compiled.widenings) == 1


def test_long_patterns_leave_out_the_longest_list() -> None:
    tests = "\n".join(f"s{number}: {{errorCode: '{number:0100}'}}" for number in range(30))
    call = "call: {eventSource: iam.amazonaws.com, eventName: CreateUser}"
    compiled, _ = on_event_path(rule_of(f"{call}\n{tests}\ncondition: call and not 1 of s*"))
    assert compiled.queries[0]["detail"] == {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser"]}
    assert compiled.widenings[0].startswith("its pattern has ")


def test_too_many_combinations_leave_out_other_tests_than_those_that_name_the_calls() -> None:
    pairs = "".join(
        f"a{each}: [{{requestParameters.p{each}: a}}, {{requestParameters.q{each}: a}}]\n" for each in range(9)
    )
    names = (("s3.amazonaws.com", "PutBucketAcl"), ("iam.amazonaws.com", "CreateUser"))
    calls = ", ".join(f"{{eventSource: {source}, eventName: {name}}}" for source, name in names)
    compiled, matches = on_event_path(rule_of(f"{pairs}z: [{calls}]\ncondition: all of a* and z"))
    (why,) = compiled.widenings
    assert why.startswith("it needs more than 1000 combinations of alternatives, so the pattern matches more")
    call = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventType": "AwsApiCall"}
    parameters = {f"p{each}": "a" for each in range(9)}
    assert matches({**call, "requestParameters": parameters})
    assert not matches({**call, "eventName": "DeleteUser", "requestParameters": parameters})
    assert not matches({**call, "requestParameters": {}})


def test_many_texts_of_one_field_end_in_a_superset_and_not_in_endless_combinations() -> None:
    texts = "".join(f"a{each}: {{userAgent|cased|contains: [{each}a, {each}b, {each}c]}}\n" for each in range(8))
    call = "z: {eventSource: iam.amazonaws.com, eventName: CreateUser}"
    compiled, matches = on_event_path(rule_of(f"{texts}{call}\ncondition: all of a* and z"))
    assert any(why.startswith("the conditions on userAgent can't be combined") for why in compiled.widenings)
    record = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventType": "AwsApiCall"}
    assert matches({**record, "userAgent": " ".join(f"{each}b" for each in range(8))})
    assert not matches({**record, "eventName": "DeleteUser", "userAgent": "0a"})
