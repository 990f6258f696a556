"""Parsing of Sigma rules: correlations, findings, modifiers, and error messages."""

import json
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from deadfall.patterns.condition import Cidr, Or, Test, Text
from deadfall.patterns.event_pattern import EventPattern
from deadfall.rules.sigma.event_bridge.patterns import patterns
from deadfall.rules.sigma.parse import RuleError, parse
from deadfall.rules.sigma.rule import Count, Rule

from .made import ID, rule_of

OTHER_ID = "0c9e2d7e-56a4-4f52-8e4e-6f2f6b1f2c3d"
FINDINGS = Path(__file__).parents[3].parent / "shared" / "testdata" / "guardduty_findings.jsonl"
PLACEHOLDERS = {
    "names": ("own-one", "own-two"),
    "none": (),
    "networks": ("10.0.0.0/8", "192.168.0.0/16"),
}


def base(name: str = "failed", event: str = "ConsoleLogin", service: str = "cloudtrail", more: str = "") -> str:
    return (
        f"title: base\nname: {name}\nlogsource: {{product: aws, service: {service}}}\n"
        f"detection:\n  one: {{eventName: {event}}}\n  condition: one\n{more}---\n"
    )


def correlation(of: str, more: str = "") -> str:
    return f"title: Many\nid: {ID}\nlevel: high\n{more}correlation:\n{indent(of, '  ')}\n"


FIVE = "type: event_count\nrules: [failed]\ngroup-by: [sourceIPAddress]\ntimespan: 5m\ncondition: {gte: 5}"


def read(text: str) -> list[Rule]:
    return parse(text, "some_rule", PLACEHOLDERS)


def refusal(text: str) -> str:
    with pytest.raises(RuleError) as refused:
        read(text)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def condition_of(body: str) -> Any:
    """Return the condition of a rule with one selection."""
    detection = f"  one:\n{indent(body, '    ')}\n  condition: one\n"
    return read(
        f"title: t\nid: {ID}\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n{detection}"
    )[0].condition


# Correlations


def test_correlation_is_one_rule_of_its_own_document() -> None:
    own = (
        "tags: [attack.credential-access]\nfalsepositives: [Typing errors]\n"
        "deadfall: {response: observe, runbook: docs/runbooks.md#sign-in}\n"
        "cis: {control: CloudWatch.6, section: '4.6', filter: '{$.eventName = ConsoleLogin}'}\n"
    )
    (rule,) = read(base() + correlation(FIVE, own))
    assert (rule.name, rule.id, rule.title, rule.level) == ("some_rule", ID, "Many", "high")
    assert rule.count == Count(at_least=5, seconds=300, group_by=("sourceIPAddress",))
    assert rule.condition == rule_of("eventName: ConsoleLogin").condition
    assert (rule.tags, rule.false_positives) == (("attack.credential-access",), ("Typing errors",))
    assert (rule.custom.response, rule.custom.runbook) == ("observe", "docs/runbooks.md#sign-in")
    assert rule.cis
    assert rule.cis.control == "CloudWatch.6"


def test_any_of_several_base_rules_counts_in_any_order() -> None:
    both = "type: event_count\nrules: [failed, other]\ntimespan: 1h\ncondition: {gt: 2}"
    (rule,) = read(correlation(both) + "---\n" + base() + base("other", "GetSecretValue"))
    assert rule.count == Count(at_least=3, seconds=3600, group_by=())
    assert [rule.condition.matches({"eventName": name}) for name in ("ConsoleLogin", "GetSecretValue", "X")] == [
        True,
        True,
        False,
    ]


def test_base_rule_is_named_by_id_too() -> None:
    text = base(more=f"id: {OTHER_ID}\n") + correlation(FIVE.replace("[failed]", OTHER_ID))
    assert [rule.id for rule in read(text)] == [ID]


def test_base_rule_is_a_separate_rule_if_the_correlation_generates_it() -> None:
    own = base(more=f"id: {OTHER_ID}\nlevel: low\ndeadfall: {{response: observe}}\n")
    rules = read(own + correlation(f"{FIVE}\ngenerate: true"))
    assert [(rule.id, rule.count is None) for rule in rules] == [(OTHER_ID, True), (ID, False)]
    assert [rule.id for rule in read(own.replace("deadfall: {response: observe}\n", "") + correlation(FIVE))] == [ID]


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (FIVE.replace("event_count", "temporal"), "correlation.type: temporal is not supported"),
        (FIVE.replace("event_count", "temporal_ordered"), "correlation.type: temporal_ordered is not supported"),
        (
            "type: value_sum\nrules: [failed]\ntimespan: 5m\ncondition: {gte: 5, field: a}",
            "correlation.type: value_sum is not supported",
        ),
        (FIVE.replace("event_count", "surprise"), "is not a Sigma rule: 'surprise' is no valid Sigma correlation type"),
        (f"{FIVE}\naliases: {{ip: {{failed: sourceIPAddress}}}}", "correlation.aliases is not supported"),
        (f"{FIVE}\nwindow: 5m", "correlation.window is not a key of a correlation"),
        (FIVE.replace("gte", "lt"), "correlation.condition.lt is not supported"),
        (FIVE.replace("gte", "lte"), "correlation.condition.lte is not supported"),
        (FIVE.replace("gte", "eq"), "correlation.condition.eq is not supported"),
        (FIVE.replace("gte", "neq"), "correlation.condition.neq is not supported"),
        (FIVE.replace("gte: 5", "gte: 0"), "correlation.condition.gte: 0 holds without any events"),
        (FIVE.replace("gte: 5", "gt: -1"), "correlation.condition.gt: -1 holds without any events"),
        (FIVE.replace("gte: 5", "gte: 1.5"), "correlation.condition.gte: 1.5 is not a whole number of events"),
        (FIVE.replace("gte: 5", "gt: 1000"), "correlation.condition.gt: the responder counts to 1000"),
        (
            FIVE.replace("gte: 5", "gte: 5, field: eventName"),
            "correlation.condition.field: event_count counts events, not values; remove it",
        ),
        (FIVE.replace("gte: 5", "gte: 5, field: [a, b]"), "correlation.condition.field: event_count counts events"),
        (
            FIVE.replace("event_count", "value_count").replace("gte: 5", "gte: 5, field: eventName"),
            "correlation.type: value_count is not supported; use event_count",
        ),
        (FIVE.replace("event_count", "value_count"), "is not a Sigma rule: Value count correlation rule without field"),
        (FIVE.replace("5m", "1M"), "correlation.timespan: months and years vary in length"),
        (FIVE.replace("5m", "1y"), "correlation.timespan: months and years vary in length"),
        (FIVE.replace("5m", "300"), "is not a Sigma rule: Timespan '300' is invalid"),
        (FIVE.replace("sourceIPAddress", "userIdentity"), "correlation.group-by: userIdentity is an object"),
        (FIVE.replace("[failed]", "[missing]"), "correlation.rules: Rule 'missing' not found"),
        (FIVE.replace("[failed]", "[]"), "correlation.rules is empty"),
        (FIVE.replace("event_count", "5"), "is not a Sigma rule: a value has the wrong type"),
        (FIVE.replace("[failed]", "[[failed]]"), "is not a Sigma rule: a value has the wrong type"),
    ],
)
def test_correlations_that_are_rejected(of: str, reason: str) -> None:
    assert refusal(base() + correlation(of)).startswith(f"some_rule: {reason}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            base(more="deadfall: {response: alert}\n") + correlation(FIVE),
            "'deadfall' is in the rule 'failed', which is only part of the correlation",
        ),
        (
            base() + base("finding", service="guardduty") + correlation(FIVE.replace("[failed]", "[failed, finding]")),
            "correlation.rules mixes CloudTrail and GuardDuty",
        ),
        (
            base(service="s3").replace("eventName", "operation") + correlation(FIVE),
            "is not about CloudTrail or GuardDuty",
        ),
        (
            base() + correlation(FIVE, "name: five\n") + "---\n" + correlation(FIVE.replace("failed", "five")),
            "correlation.rules: 'five' is itself a correlation",
        ),
        (base() + correlation(FIVE, "deadfall: {surprise: 1}\n"), "deadfall.surprise is not a key of Deadfall"),
        ("just text", "is not a Sigma rule: it has no keys"),
        ("title: [", "is not YAML"),
    ],
)
def test_files_that_are_rejected(text: str, reason: str) -> None:
    assert refusal(text).startswith(f"some_rule: {reason}")


# Findings


def finding_rule(detection: str) -> Rule:
    (rule,) = read(
        f"title: t\nid: {ID}\nlevel: low\nlogsource: {{product: aws, service: guardduty}}\n"
        f"detection:\n{indent(detection, '  ')}\n"
    )
    return rule


@pytest.mark.skipif(not FINDINGS.is_file(), reason="the third-party test data is not available")
@pytest.mark.parametrize(
    ("detection", "matched"),
    [
        ("one: {severity|gte: 4}\ncondition: one", 13),
        ("one: {severity|gte: 7}\ncondition: one", 6),
        ("one: {type|startswith: 'unauthorizedaccess:'}\ncondition: one", 1),
        ("one: {severity|gte: 4}\ntwo: {type|startswith|cased: 'Recon:'}\ncondition: one and not two", 12),
        ("one: {resource.accessKeyDetails.userType: IAMUser, resource.resourceType: accesskey}\ncondition: one", 2),
    ],
)
def test_findings_are_what_the_pattern_matches(detection: str, matched: int) -> None:
    """Compare on published EventBridge events, whose `detail` is the finding."""
    rule = finding_rule(detection)
    assert rule.service == "guardduty"
    compiled = [EventPattern(pattern) for pattern in patterns(rule)]
    events = [json.loads(line)["event"] for line in FINDINGS.read_text().splitlines()]
    events = [event for event in events if "source" in event]
    found = [rule.condition.matches(event["detail"]) for event in events]
    assert found == [any(pattern.matches(event) for pattern in compiled) for event in events]
    assert sum(found) == matched


@pytest.mark.parametrize(
    ("product", "service", "field"),
    [
        ("aws", "vpcflow", "srcAddr"),
        ("aws", "s3", "operation"),
        ("okta", "okta", "eventName"),
        ("none", "ec2", "eventName"),
    ],
)
def test_other_logs_are_rejected(product: str, service: str, field: str) -> None:
    text = base(service=service).replace("product: aws", f"product: {product}").replace("eventName", field)
    assert refusal(text).startswith("some_rule: is not about CloudTrail or GuardDuty; its logsource")


# Modifiers


@pytest.mark.parametrize(
    ("body", "matching", "other"),
    [
        ("userAgent|cased|startswith|expand: '%names%'", ["own-one-x", "own-two"], ["OWN-one", "x-own-one"]),
        ("userAgent|contains|expand: '%names%'", ["x OWN-one x", "own-two"], ["own-three"]),
        ("userAgent|expand: 'a-%names%-b'", ["a-own-one-b"], ["own-one", "a-%names%-b"]),
        ("userAgent|contains|all|expand: ['%names%', 'x']", ["x own-two"], ["x", "own-two"]),
        ("userAgent|contains|all: [a, b]", ["b-a"], ["a", "b"]),
        ("userAgent|contains|windash: ' -n '", ["x -n y", "x /n y", "x \u2013n y"], ["x n y"]),
        ("userAgent|fieldref: eventName", ["getcalleridentity"], ["GetCallerIdentity2"]),
        ("userAgent|exists: true", ["", "x"], []),
        ("userAgent|exists: false", [], ["", "x"]),
        ("userAgent|cidr|expand: '%networks%'", ["10.1.2.3", "192.168.0.1"], ["11.0.0.1", "%networks%"]),
        ("userAgent|cidr|expand: [172.16.0.0/12, '%networks%']", ["172.16.0.1", "10.1.2.3"], ["11.0.0.1"]),
    ],
)
def test_modifiers(body: str, matching: list[str], other: list[str]) -> None:
    condition = condition_of(body)
    for text in matching:
        assert condition.matches({"userAgent": text, "eventName": "GetCallerIdentity"}), text
    for text in other:
        assert not condition.matches({"userAgent": text, "eventName": "GetCallerIdentity"}), text


def test_value_of_a_placeholder_is_literal_text() -> None:
    (rule,) = parse(
        f"title: t\nid: {ID}\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\n"
        "detection:\n  one: {userAgent|contains|expand: '%odd%'}\n  condition: one\n",
        "some_rule",
        {"odd": ("a*b?",)},
    )
    assert rule.condition.matches({"userAgent": "x a*b? x"})
    assert not rule.condition.matches({"userAgent": "x aab1 x"})


@pytest.mark.parametrize("modifiers", ["expand", "contains|expand", "cased|startswith|expand", "cidr|expand"])
def test_empty_placeholder_never_matches_and_its_negation_always_does(modifiers: str) -> None:
    (rule,) = read(
        f"title: t\nid: {ID}\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\n"
        "detection:\n  one: {eventName|cased: GetSecretValue}\n"
        f"  filter: {{sourceIPAddress|{modifiers}: '%none%'}}\n  condition: one and not filter\n"
    )
    assert condition_of(f"sourceIPAddress|{modifiers}: '%none%'") == Or(())
    for record in ({}, {"sourceIPAddress": None}, {"sourceIPAddress": "10.0.0.1"}, {"sourceIPAddress": "%none%"}):
        assert rule.condition.matches({**record, "eventName": "GetSecretValue"})
    (pattern,) = patterns(rule)
    assert pattern["detail"] == {"eventName": ["GetSecretValue"]}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("userAgent|expand: '%unknown%'", "unknown placeholder %unknown%; available: names, networks, none"),
        ("userAgent|cidr|expand: '%unknown%'", "unknown placeholder %unknown%; available: names, networks, none"),
        ("userAgent|cidr|expand: '%names%'", "is not a Sigma rule: Invalid CIDR expression"),
        ("userAgent|re|expand: 'x%names%'", "|re doesn't support placeholders"),
        ("userAgent|cidr: 10.0.0.0/8\nuserAgent|cidr|expand: '%networks%'", "userAgent|cidr occurs twice"),
    ],
)
def test_modifiers_that_are_rejected(body: str, reason: str) -> None:
    with pytest.raises(RuleError) as refused:
        condition_of(body)
    assert str(refused.value).startswith(f"some_rule: {reason}")


def test_each_network_of_a_placeholder_is_a_test() -> None:
    assert condition_of("sourceIPAddress|expand|cidr: '%networks%'") == Or(
        (Test("sourceIPAddress", Cidr("10.0.0.0/8")), Test("sourceIPAddress", Cidr("192.168.0.0/16")))
    )
    assert condition_of("sourceIPAddress: '%networks%'") == Test("sourceIPAddress", Text.literal("%networks%"))


def test_contains_on_an_object_searches_its_values():
    rule = rule_of("requestParameters|contains: Suspended")
    assert rule.condition.matches({"requestParameters": {"VersioningConfiguration": {"Status": ["suspended."]}}})
    assert not rule.condition.matches({"requestParameters": {"Suspended": "a key"}, "eventName": "Suspended"})
    assert not rule.condition.matches({"requestParameters": None})


@pytest.mark.parametrize("selection", ["requestParameters: x", "requestParameters|startswith: x", "userIdentity|re: x"])
def test_an_object_is_not_text(selection: str):
    with pytest.raises(RuleError, match="is an object, not text"):
        rule_of(selection)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "contains no rule"),
        ("action: global\n", "contains no rule"),
        (base().replace("one: {eventName: ConsoleLogin}", "one: {eventName: A}\n  one: {eventName: B}"), "is not YAML"),
        ("title: t\ndate: 2026-13-45\n", "is not YAML"),
        ("title: t\n? [a]\n: b\n", "is not YAML"),
        ("title: t\ntags: " + "[" * 100 + "]" * 100, "line 2 is nested more than 100 levels deep"),
        ("title: t\ndetection: &all\n  one: *all\n", "is nested too deeply or refers to itself"),
    ],
    ids=[
        "empty",
        "only global",
        "a key twice",
        "no such date",
        "a list for a key",
        "too deep",
        "an alias within itself",
    ],
)
def test_files_that_would_lose_content_or_never_end(text: str, reason: str) -> None:
    assert refusal(text).startswith(f"some_rule: {reason}")
