from typing import Any

from guardrails.types import FUNCTION, METRIC_ALARM
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _alarm(title: str, name: str, told: str, **values: Any) -> Way:
    ((key, value),) = values.items()
    return Way(title, lambda graph: graph.having(METRIC_ALARM, name, key, value), told)


def _without(name: str, told: str, stack: str = "dev") -> Way:
    return Way(f"without {name}", lambda graph: graph.without(METRIC_ALARM, name), told, stack)


OF_VERSION = {"FunctionName": "account-audit-responder", "Resource": "account-audit-responder:1"}


def _elsewhere(graph: Graph) -> Graph:
    topic = "arn:aws:sns:us-east-1:111122223333:account-audit-alerts"
    there = graph.having(METRIC_ALARM, "responder-not-told", "region", "us-east-1")
    return there.having(METRIC_ALARM, "responder-not-told", "alarmActions", [topic])


WAYS = Ways(
    violations=(
        _without("responder-errors", "metric Errors in AWS/Lambda of account-audit-responder"),
        _without("responder-throttles", "metric Throttles in AWS/Lambda"),
        _without("responder-dead-letters", "MessagesVisible in AWS/SQS of account-audit-responder-dead-letters"),
        _without("responder-not-contained", "metric ContainmentFailed in account-audit/responder"),
        _without("responder-not-told", "metric AlertFailed in account-audit/responder"),
        _without("responder-not-told", "metric AlertFailed in account-records/responder", stack="prod"),
        _alarm("of a version", "responder-errors", "metric Errors", dimensions=OF_VERSION),
        _alarm("another metric", "responder-throttles", "metric Throttles", metricName="Invocations"),
        _alarm("another namespace", "responder-not-told", "metric AlertFailed", namespace="account-audit/x"),
        Way("another region", _elsewhere, "No alarm in eu-west-1 is on the metric AlertFailed"),
    ),
    compliant=(Way("no dimensions", lambda graph: graph.having(METRIC_ALARM, "responder-not-told", "dimensions", {})),),
    unknown=(Way("dead letters", lambda graph: graph.having(FUNCTION, None, "deadLetterConfig.targetArn", UNKNOWN)),),
)
