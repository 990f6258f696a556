"""Each detection on both paths: where it listens, for what, and whom it tells."""

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import pytest

from deadfall.lab.engine import Result
from deadfall.rules import catalog
from deadfall.rules.detection import StackDetection
from tests.components.conftest import DETECTIONS
from tests.components.recorded import children, dependencies, inputs, names
from tests.rules.stack import shipped

WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
HOME, AWAY = "eu-west-1", "us-east-1"
EVERYWHERE = (HOME, AWAY)


def detections(**changes: Any) -> dict[str, StackDetection]:
    """What is to be deployed of the dev stack, by the names of the resources."""
    return {each.id: each for each in catalog.detections(shipped("dev", **{"detections": DETECTIONS, **changes}))}


RULES = detections()
# A read-only call can be a use of root, of a decoy key, of a secret; none stops a trail.
STATES = {
    "root-use": WITH_READS,
    "trail-change": "ENABLED",
    "cloudtrail-selectors-reduced": "ENABLED",
    "access-8e9544": WITH_READS,
    "batch-access-8e9544": WITH_READS,
    "decrypt-8e9544": WITH_READS,
    "value-access-b0df94": WITH_READS,
    "value-decrypt-b0df94": WITH_READS,
    "activity-34d472": WITH_READS,
    "console-logins-failed": "ENABLED",
    "guardduty-finding": "ENABLED",
}
REGIONS = {
    "root-use": EVERYWHERE,
    "trail-change": EVERYWHERE,
    "cloudtrail-selectors-reduced": EVERYWHERE,
    "access-8e9544": (HOME,),
    "batch-access-8e9544": (HOME,),
    "decrypt-8e9544": (HOME,),
    "value-access-b0df94": (HOME,),
    "value-decrypt-b0df94": (HOME,),
    "activity-34d472": EVERYWHERE,
    "console-logins-failed": EVERYWHERE,
    "guardduty-finding": EVERYWHERE,
}
# A filter has 1,024 characters at most. Security Hub looks for an exact filter; filters can't search the batch's list,
# and findings are not in the log.
ON_PATH_L = {
    "root-use": ("root-use", "root-use-cis"),
    "trail-change": ("trail-change", "trail-change-2", "trail-change-3", "trail-change-cis"),
    "cloudtrail-selectors-reduced": ("cloudtrail-selectors-reduced",),
    "access-8e9544": ("access-8e9544",),
    "batch-access-8e9544": (),
    "decrypt-8e9544": ("decrypt-8e9544",),
    "value-access-b0df94": ("value-access-b0df94",),
    "value-decrypt-b0df94": ("value-decrypt-b0df94",),
    "activity-34d472": ("activity-34d472",),
    "console-logins-failed": ("console-logins-failed", "console-logins-failed-cis"),
    "guardduty-finding": (),
}
LEG = ("EventRule", "EventTarget")
RETRY = {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 60}
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
each_on_path_l = pytest.mark.parametrize("rule", [RULES[name] for name in ON_PATH_L if ON_PATH_L[name]])
each_with_exact_filter = pytest.mark.parametrize("rule", [r for r in RULES.values() if r.compiled.exact_filter])
each_leg = pytest.mark.parametrize(
    ("rule_id", "region"), [(name, region) for name in REGIONS for region in REGIONS[name]]
)
each_far_leg = pytest.mark.parametrize("rule_id", [name for name in REGIONS if AWAY in REGIONS[name]])


def numbered(name: str, queries: Sequence[Any]) -> dict[str, Any]:
    """The queries by the names of their resources."""
    return {name if number == 1 else f"{name}-{number}": query for number, query in enumerate(queries, 1)}


def namespace(rule: StackDetection) -> str:
    return "account-audit/supersets" if rule.id == "cloudtrail-selectors-reduced" else "account-audit/detections"


def regions_of_rules(result: Result) -> dict[str, set[str]]:
    """The regions with a rule on path E, by detection."""
    return {
        detection: {
            inputs(result, *one.split(" ", 1))["region"]
            for one in children(result, "Detection", detection)
            if one.startswith("cloudwatch.EventRule ")
        }
        for detection in names(result, "Detection")
    }


def test_the_detections_of_the_dev_stack(dev: Result):
    assert names(dev, "Detection") == set(RULES)
    assert regions_of_rules(dev) == {name: set(regions) for name, regions in REGIONS.items()}


@each_rule
def test_all_of_it(dev: Result, rule: StackDetection):
    patterns = numbered(rule.id, rule.compiled.event_patterns)
    assert len(patterns) == (2 if rule.id == "trail-change" else 1)
    assert children(dev, "Detection", rule.id) == {
        *(f"cloudwatch.LogMetricFilter {name}" for name in ON_PATH_L[rule.id]),
        *(f"cloudwatch.MetricAlarm {name}" for name in ON_PATH_L[rule.id] if name in (rule.id, f"{rule.id}-cis")),
        *(f"cloudwatch.{kind} {name}-{region}" for kind in LEG for name in patterns for region in REGIONS[rule.id]),
    }


@each_leg
def test_path_e_asks_the_same_question_in_every_region(dev: Result, rule_id: str, region: str):
    for name, pattern in numbered(rule_id, RULES[rule_id].compiled.event_patterns).items():
        assert inputs(dev, "cloudwatch.EventRule", f"{name}-{region}") == {
            "name": f"account-audit-{name}",
            "eventPattern": pattern,
            "state": STATES[rule_id],
            "region": region,
        }


@pytest.mark.parametrize("rule_id", REGIONS)
def test_at_home_the_responder_is_told_which_detection_saw_what(dev: Result, rule_id: str):
    assert inputs(dev, "cloudwatch.EventTarget", f"{rule_id}-eu-west-1") == {
        "rule": f"account-audit-{rule_id}",
        "targetId": "responder",
        "arn": "arn:aws:lambda:eu-west-1:111122223333:function:account-audit-responder",
        "inputTransformer": {"inputTemplate": f'{{"detection": "{rule_id}", "event": <aws.events.event.json>}}'},
        "retryPolicy": RETRY,
        "deadLetterConfig": {"arn": "arn:aws:sqs:eu-west-1:111122223333:account-audit-rule-dead-letters"},
        "region": "eu-west-1",
    }
    assert dependencies(dev, "cloudwatch.EventTarget", f"{rule_id}-eu-west-1") == {
        f"cloudwatch.EventRule {rule_id}-eu-west-1",
        "sqs.QueuePolicy rule-dead-letters-eu-west-1",
        "lambda.Function responder",
        "lambda.FunctionEventInvokeConfig responder",
        "lambda.Permission responder",
    }


@each_far_leg
def test_elsewhere_the_whole_event_goes_to_the_bus_at_home(dev: Result, rule_id: str):
    assert inputs(dev, "cloudwatch.EventTarget", f"{rule_id}-us-east-1") == {
        "rule": f"account-audit-{rule_id}",
        "targetId": "home",
        "arn": "arn:aws:events:eu-west-1:111122223333:event-bus/default",
        "roleArn": "arn:aws:iam::111122223333:role/account-audit-forwarder",
        "retryPolicy": RETRY,
        "deadLetterConfig": {"arn": "arn:aws:sqs:us-east-1:111122223333:account-audit-rule-dead-letters"},
        "region": "us-east-1",
    }
    assert dependencies(dev, "cloudwatch.EventTarget", f"{rule_id}-us-east-1") == {
        f"cloudwatch.EventRule {rule_id}-us-east-1",
        "sqs.QueuePolicy rule-dead-letters-us-east-1",
        "iam.RolePolicy forwarder",
    }


def test_where_global_events_appear_is_added_for_what_can_appear_there(other: Result):
    everywhere = {"eu-west-1", "eu-central-1", "us-east-1"}
    nets = ("access", "batch-access", "decrypt")
    assert regions_of_rules(other) == {
        "root-use": everywhere,
        "trail-change": everywhere,
        "cloudtrail-selectors-reduced": everywhere,
        "console-logins-failed": everywhere,
        "guardduty-finding": everywhere,
        "activity-0c2fec": everywhere,
        **{f"{net}-e2f37b": {"eu-west-1"} for net in nets},
        **{f"{net}-a17260": {"eu-west-1", "eu-central-1"} for net in nets},
    }


@pytest.mark.parametrize("rule_id", ["access-a17260", "decrypt-a17260"])
def test_a_secret_away_from_home_is_watched_by_the_same_rule_in_both_regions(other: Result, rule_id: str):
    first, second = (
        inputs(other, "cloudwatch.EventRule", f"{rule_id}-{region}") for region in ("eu-central-1", "eu-west-1")
    )
    assert first == {**second, "region": "eu-central-1"}
    assert (first["name"], first["state"]) == (f"records-{rule_id}", WITH_READS)
    assert "arn:aws:secretsmanager:eu-central-1:444455556666:secret:prod/crm/mysql" in json.dumps(first["eventPattern"])
    there = inputs(other, "cloudwatch.EventTarget", f"{rule_id}-eu-central-1")
    assert there["arn"] == "arn:aws:events:eu-west-1:444455556666:event-bus/default"
    assert there["deadLetterConfig"]["arn"].startswith("arn:aws:sqs:eu-central-1:")
    at_home = inputs(other, "cloudwatch.EventTarget", f"{rule_id}-eu-west-1")
    assert at_home["arn"] == "arn:aws:lambda:eu-west-1:444455556666:function:records-responder"
    # Path L is at home only: the trail brings the records of all regions there.
    assert inputs(other, "cloudwatch.LogMetricFilter", rule_id)["region"] == "eu-west-1"


@pytest.mark.parametrize("stack", ["dev", "other"])
def test_every_rule_may_do_what_its_target_asks_for(request: pytest.FixtureRequest, stack: str):
    """Function and queue let rules in by a pattern over their names: here the patterns meet the names."""
    result = request.getfixturevalue(stack)
    function = inputs(result, "lambda.Permission", "responder")["sourceArn"]
    queues = {}
    for name in names(result, "sqs.QueuePolicy") - {"responder-dead-letters"}:
        _, rules = inputs(result, "sqs.QueuePolicy", name)["policy"]["Statement"]
        queues[rules["Resource"]] = rules["Condition"]["ArnLike"]["aws:SourceArn"]
    account_id = function.split(":")[4]
    targets = names(result, "cloudwatch.EventTarget")
    assert len(targets) == len(names(result, "cloudwatch.EventRule")) > 5
    for name in targets:
        target = inputs(result, "cloudwatch.EventTarget", name)
        rule_arn = f"arn:aws:events:{target['region']}:{account_id}:rule/{target['rule']}"
        assert fnmatchcase(rule_arn, queues[target["deadLetterConfig"]["arn"]]), name
        assert fnmatchcase(rule_arn, function) == (target["targetId"] == "responder"), name


@each_on_path_l
def test_path_l_counts_what_the_same_question_finds_in_the_log(dev: Result, rule: StackDetection):
    for name, pattern in numbered(rule.id, rule.compiled.filter_patterns).items():
        # No default value: silence is missing data, not zeros that hide a dead filter.
        assert inputs(dev, "cloudwatch.LogMetricFilter", name) == {
            "name": f"account-audit-{name}",
            "logGroupName": "/account-audit/trail",
            "pattern": pattern,
            "metricTransformation": {"namespace": namespace(rule), "name": rule.id, "value": "1"},
            "region": "eu-west-1",
        }
        assert dependencies(dev, "cloudwatch.LogMetricFilter", name) == {
            "cloudwatch.LogGroup trail",
            "cloudtrail.Trail trail",
        }


@each_with_exact_filter
def test_what_security_hub_looks_for_stands_beside_it_and_tells_people_alone(dev: Result, rule: StackDetection):
    name = f"{rule.id}-cis"
    metric = {"namespace": "account-audit/cis", "name": name, "value": "1"}
    found = inputs(dev, "cloudwatch.LogMetricFilter", name)
    assert (found["pattern"], found["metricTransformation"]) == (rule.compiled.exact_filter, metric)
    expected = {**alarm(rule, "account-audit", "111122223333"), "name": f"account-audit-{name}", "metricName": name}
    assert inputs(dev, "cloudwatch.MetricAlarm", name) == {**expected, "namespace": "account-audit/cis"}


@each_on_path_l
def test_path_l_asks_an_organizations_log_for_this_account_only(
    adopting_of_organization: Result, adopting: Result, rule: StackDetection
):
    adopted = {"existing": {"logGroupName": "/org/cloudtrail"}}
    pinned = detections(trail={"existing": {**adopted["existing"], "organization": True}})[rule.id]
    for name, text in numbered(rule.id, pinned.compiled.filter_patterns).items():
        assert '($.recipientAccountId = "111122223333")' in text
        assert inputs(adopting_of_organization, "cloudwatch.LogMetricFilter", name)["pattern"] == text
    for name, text in numbered(rule.id, rule.compiled.filter_patterns).items():
        assert inputs(adopting, "cloudwatch.LogMetricFilter", name)["pattern"] == text
    # Path E is of one account by itself.
    for name, pattern in numbered(rule.id, rule.compiled.event_patterns).items():
        on_path_e = inputs(adopting_of_organization, "cloudwatch.EventRule", f"{name}-{HOME}")["eventPattern"]
        assert on_path_e == pattern


def alarm(rule: StackDetection, prefix: str, account_id: str) -> dict[str, Any]:
    counts = rule.id == "console-logins-failed"
    return {
        "name": f"{prefix}-{rule.id}",
        "namespace": f"{prefix}/detections",
        "metricName": rule.id,
        "statistic": "Sum",
        "period": 300 if counts else 60,
        "evaluationPeriods": 1,
        "threshold": 5 if counts else 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [f"arn:aws:sns:eu-west-1:{account_id}:{prefix}-alarms"],
        "region": "eu-west-1",
    }


@each_on_path_l
def test_path_l_alarms_on_the_first_or_the_nth_and_tells_the_alarm_topic_only(dev: Result, rule: StackDetection):
    expected = {**alarm(rule, "account-audit", "111122223333"), "namespace": namespace(rule)}
    feeding = {f"cloudwatch.LogMetricFilter {name}" for name in numbered(rule.id, rule.compiled.filter_patterns)}
    topic = {"sns.Topic alarms", "sns.TopicPolicy alarms"}
    if rule.id == "cloudtrail-selectors-reduced":  # the responder judges what its filter matches
        del expected["alarmActions"]
        topic = set()
    assert inputs(dev, "cloudwatch.MetricAlarm", rule.id) == expected
    assert dependencies(dev, "cloudwatch.MetricAlarm", rule.id) == feeding | topic


def test_names_follow_account_and_prefix(other: Result):
    for rule_id in ("root-use", "console-logins-failed"):
        expected = alarm(RULES[rule_id], "records", "444455556666")
        assert inputs(other, "cloudwatch.MetricAlarm", rule_id) == expected
