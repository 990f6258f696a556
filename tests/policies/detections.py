"""The detections of the dev stack by the names of their resources, and ways to change them."""

import json
from collections.abc import Callable
from typing import Any

from guardrails.types import EVENT_RULE, METRIC_FILTER

from .graph import Graph

ACCOUNT, STRANGER = "111122223333", "999988887777"
HOME, AWAY = "eu-west-1", "us-east-1"
SECRET_NAME = "prod/billing/postgres"
PARTIAL_ARN = f"arn:aws:secretsmanager:{HOME}:{ACCOUNT}:secret:{SECRET_NAME}"

# Keys of the lab's seed (deadfall.names.rule_key).
BATCH = "batch-access-8e9544"
READ, DECRYPT, ACTIVITY = "access-8e9544", "decrypt-8e9544", "activity-34d472"
ROOT, TAMPERING = "root-use", "trail-change"
ALARM_CHANGE = "responder-alarm-change"

WRITES_ONLY = {
    "source": ["aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventName": ["CreateAccessKey"]},
}


def at_home(detection: str) -> str:
    """The name of a detection's rule and target in the home region."""
    return f"{detection}-{HOME}"


def away(detection: str) -> str:
    """Of its rule and target in the other region."""
    return f"{detection}-{AWAY}"


def with_pattern(graph: Graph, rule: str, change: Callable[[dict[str, Any]], Any]) -> Graph:
    """With the event pattern of a rule changed in place."""
    pattern = json.loads(graph.only(EVENT_RULE, rule).inputs["eventPattern"])
    change(pattern)
    return graph.having(EVENT_RULE, rule, "eventPattern", json.dumps(pattern))


def with_rule(graph: Graph, pattern: object, state: str = "ENABLED") -> Graph:
    """With one more rule at home, which leads nowhere; a pattern that is no text is written as JSON."""
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    like = graph.only(EVENT_RULE, at_home(TAMPERING))
    return graph.plus(like, "another", name="account-audit-another", eventPattern=text, state=state)


def with_filter(graph: Graph, name: str, old: str, new: str) -> Graph:
    """With a part of a filter's pattern replaced."""
    pattern = graph.only(METRIC_FILTER, name).inputs["pattern"]
    assert old in pattern, f"{name} has no {old}"
    return graph.having(METRIC_FILTER, name, "pattern", pattern.replace(old, new))
