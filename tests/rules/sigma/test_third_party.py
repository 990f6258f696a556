"""Rules that others wrote: metadata of any shape, ids, log sources, and counting as before correlations."""

from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection

from deadfall.rules.sigma.parse import RuleError, from_pysigma, parse
from deadfall.rules.sigma.rule import Count, Rule

from .made import ID

KEYS = [
    *("title", "id", "name", "description", "status", "author", "license", "references", "tags", "fields", "scope"),
    *("falsepositives", "date", "modified", "related", "taxonomy", "level", "logsource", "x_other", "deadfall", "cis"),
]
SHAPES = {
    "text": "a text: with a colon",
    "empty": "",
    "mapping": {"In the management account": "certificates are renewed."},
    "nested mapping": {"a": {"b": [1, {"c": None}]}},
    "list of texts": ["one", "two"],
    "list of mappings": [{"In the account": "renewed"}, {"a": 1, "b": 2}],
    "nested list": [["one", ["two"]], []],
    "mixed list": ["one", 2, True, None, {"three": 3}, [4]],
    "number": 404,
    "decimal": 1.5,
    "boolean": False,
    "null": None,
    "date": yaml.safe_load("2026-11-30"),
    "time": yaml.safe_load("2026-11-30T10:00:00Z"),
    "huge text": "x" * 100_000,
    "huge list": ["x"] * 5_000,
    "huge number": 10**400,
    "unprintable": "\u0007\u202e\n",
}


def document(**changes: Any) -> str:
    rule = {
        "title": "t",
        "id": ID,
        "level": "low",
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {"one": {"eventName": "CreateUser"}, "condition": "one"},
    }
    return yaml.safe_dump({**rule, **changes}, allow_unicode=True)


def read(**changes: Any) -> Rule:
    (rule,) = parse(document(**changes), "some_rule")
    return rule


def refusal(**changes: Any) -> str:
    with pytest.raises(RuleError) as refused:
        read(**changes)
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix("some_rule: ")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("key", KEYS)
def test_metadata_of_any_shape_is_text_or_one_sentence(key: str, shape: str) -> None:
    try:
        rule = read(**{key: SHAPES[shape]})
    except RuleError as error:
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 600
        assert key in ("title", "name", "level", "logsource", "deadfall", "cis", "taxonomy", "scope", "related"), error
        return
    texts = [rule.id, rule.title, rule.description, *rule.tags, *rule.false_positives, *rule.departures]
    assert all(type(text) is str for text in texts)
    assert rule.condition.matches({"eventName": "CreateUser"})


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (["In the account: renewed."], ("In the account: renewed.",)),
        ([{"In the account": "renewed."}], ("In the account: renewed.",)),
        ("Never", ("Never",)),
        ([["a", "b"], None, 5, True], ("a; b", "5", "true")),
        ({"a": 1}, ("a: 1",)),
        (None, ()),
    ],
)
def test_text_of_false_positives(written: Any, shown: tuple[str, ...]) -> None:
    assert read(falsepositives=written).false_positives == shown


def test_text_of_metadata_is_as_in_the_file() -> None:
    text = document().replace("title: t", "title: 1.10").replace("level: low", "level: low\ndescription: No")
    (rule,) = parse(text, "some_rule")
    assert (rule.title, rule.description) == ("1.10", "No")


@pytest.mark.parametrize(
    ("changes", "departures"),
    [
        ({}, ()),
        ({"id": "aws-001"}, ("its id 'aws-001' is not a UUID; replace it",)),
        ({"id": 7}, ("its id '7' is not a UUID; replace it",)),
        ({"tags": ["attack.t1098", "aws", "x."]}, ("its tag 'aws' has", "its tag 'x.' has")),
        ({"status": "live"}, ("'live' is not a valid Sigma rule status; correct it",)),
        ({"date": "30.11.2026"}, ("rule date '30.11.2026' is invalid, use yyyy-mm-dd; correct it",)),
        ({"x_a": 1, "x_b": 2}, ("'x_a' is not a key of a rule and is ignored", "'x_b' is not")),
        ({"simulation": [], "regression_tests_path": "x"}, ()),
    ],
)
def test_departures(changes: dict[str, Any], departures: tuple[str, ...]) -> None:
    rule = read(**changes)
    assert len(rule.departures) == len(departures)
    for found, expected in zip(rule.departures, departures, strict=True):
        assert found.startswith(expected)
    assert rule.condition == read().condition


def test_missing_id_and_level() -> None:
    text = document().replace(f"id: {ID}\n", "").replace("level: low\n", "")
    (rule,) = parse(text, "some_rule")
    assert (rule.id, rule.level) == ("", "medium")
    assert [departure.split(";")[0] for departure in rule.departures] == [
        "has no id",
        "has no level and is used as medium",
    ]


def test_wrong_level_is_rejected() -> None:
    assert "'warning' is not a valid Sigma rule level" in refusal(level="warning")


@pytest.mark.parametrize(
    ("source", "service"),
    [
        ({"product": "aws", "service": "ec2"}, "cloudtrail"),
        ({"product": "aws", "service": "iam"}, "cloudtrail"),
        ({"product": "aws"}, "cloudtrail"),
        ({"product": "AWS", "service": "CloudTrail"}, "cloudtrail"),
        ({"service": "cloudtrail"}, "cloudtrail"),
        ({"product": "aws", "service": "guardDuty"}, "guardduty"),
    ],
)
def test_other_log_sources(source: dict[str, str], service: str) -> None:
    rule = read(logsource=source)
    assert rule.service == service
    assert "its logsource is product: " in rule.departures[0]
    assert rule.condition == read().condition, "the service adds no condition"


def counting(condition: str, timeframe: str | None = "10m", **more: Any) -> dict[str, Any]:
    detection = {"one": {"eventName": "CreateUser"}, "two": {"errorCode": "x"}, "condition": condition, **more}
    return {"detection": detection | ({"timeframe": timeframe} if timeframe else {})}


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("one | count() > 5", Count(6, 600)),
        ("one | count() >= 5", Count(5, 600)),
        ("one | count() by sourceIPAddress > 5", Count(6, 600, ("sourceIPAddress",))),
        ("one | count() by userIdentity.arn, awsRegion >= 2", Count(2, 600, ("userIdentity.arn", "awsRegion"))),
        ("one|count( )>1", Count(2, 600)),
    ],
)
def test_counting_as_before_correlations(condition: str, count: Count) -> None:
    rule = read(**counting(condition))
    assert rule.count == count
    assert rule.condition == read().condition
    assert rule.departures == ("its condition counts with Sigma's old `| count()`; write a correlation of event_count",)


def test_timeframe_is_no_selection() -> None:
    """pySigma reads `timeframe: 10m` as a keyword, which `all of them` would require."""
    rule = read(**counting("all of them | count() > 5"))
    assert rule.condition.matches({"eventName": "CreateUser", "errorCode": "x"})
    assert read(**counting("1 of them")).condition.matches({"userAgent": "10m"}) is False


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (counting("one | count(userAgent) by sourceIPAddress > 5"), "detection.condition: count(userAgent) counts dis"),
        (counting("one | sum(x) > 5"), "detection.condition: sum() is not supported"),
        (counting("one | near two"), "detection.condition: '| near two' can't be counted"),
        (counting("one | count() < 5"), "detection.condition.lt is not supported; use gte or gt"),
        (counting("one | count() = 5"), "detection.condition.eq is not supported"),
        (counting("one | count() > 5", None), "detection.condition counts without a window; add detection.timeframe"),
        (counting("one | count() > 5", "10 minutes"), "detection.timeframe: '10 minutes' is not a time"),
        (counting("one | count() > 5", "1M"), "detection.timeframe: months and years vary in length"),
        (counting("one | count() > 5000"), "detection.condition.gt: the responder counts to 1000 at most"),
        (counting("one | count() by userIdentity > 5"), "detection.condition: userIdentity is an object"),
        (
            counting("") | {"detection": {"one": {"a": "b"}, "condition": ["one | count() > 1", "one"]}},
            "detection.cond",
        ),
    ],
)
def test_counting_that_is_rejected(changes: dict[str, Any], reason: str) -> None:
    assert refusal(**changes).startswith(reason)


def test_counting_reaches_the_plugin_too() -> None:
    rules = SigmaCollection.from_yaml(document(**counting("one | count() by awsRegion > 5"), id="aws-1"), True).rules
    rule = from_pysigma(rules[0], "some_rule")  # type: ignore[arg-type]
    assert (rule.count, rule.id) == (Count(6, 600, ("awsRegion",)), "aws-1")
    assert read().condition == rule.condition


def test_key_with_a_dot() -> None:
    assert read(detection={"one": {r"requestParameters.tags.a\.b": "x"}, "condition": "one"}).condition.matches(
        {"requestParameters": {"tags": [{"a.b": "X"}]}}
    )
    two_keys = read(detection={"one": {"requestParameters.tags.a.b": "x"}, "condition": "one"}).condition
    assert two_keys.matches({"requestParameters": {"tags": {"a": {"b": "x"}}}})
    assert not two_keys.matches({"requestParameters": {"tags": {"a.b": "x"}}})
