"""Alarms report a failing responder."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..arns import parse
from ..functions import functions, policies, readable
from ..guardrail import Report, each, on_stack
from ..links import known
from ..types import METRIC_ALARM

LAMBDA = ("Errors", "Throttles")
# What the responder itself counts (responders/kill_switch).
OWN = ("ContainmentFailed", "AlertFailed")


def _check(args: StackValidationArgs, report: Report) -> None:
    alarms = [resource for resource in args.resources if resource.resource_type == METRIC_ALARM]
    namespaces = sorted(_own_namespaces(args))

    def heard(function: PolicyResource) -> None:
        region = function.props.get("region")
        for namespace, metric, dimensions in _metrics(function, namespaces):
            if not any(_rings(alarm, region, namespace, metric, dimensions) for alarm in alarms):
                of = "".join(f" of {name}" for name in dimensions.values())
                report(f"No alarm in {region} is on the metric {metric} in {namespace}{of}; add one.", function.urn)

    each(functions(args), heard)


def _metrics(function: PolicyResource, own: list[str]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    yield from (("AWS/Lambda", metric, {"FunctionName": function.props["name"]}) for metric in LAMBDA)
    dead_letters = parse((function.props.get("deadLetterConfig") or {}).get("targetArn"))
    if dead_letters and dead_letters.service == "sqs":
        yield "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": dead_letters.resource}
    yield from ((namespace, metric, {}) for namespace in own for metric in OWN)


def _own_namespaces(args: StackValidationArgs) -> set[str]:
    """Where the responder may write metrics."""
    conditions = [s.condition for policy in policies(args) for s in readable(policy) if s.allows]
    given = [tests.get("cloudwatch:namespace", []) for condition in conditions for tests in condition.values()]
    return {name for names in given for name in ([names] if isinstance(names, str) else names)}


def _rings(alarm: PolicyResource, region: object, namespace: str, metric: str, dimensions: Mapping[str, Any]) -> bool:
    return (
        known(alarm.props, "region") == region
        and known(alarm.props, "namespace") == namespace
        and known(alarm.props, "metricName") == metric
        and dict(known(alarm.props, "dimensions", {})) == dimensions
    )


POLICY = on_stack(
    __name__,
    description=(
        "Alarms watch the responder: its errors, throttles and dead letters, failed containment, failed alerts."
    ),
    rationale="A responder that fails silently is worse than none: people rely on it.",
    severity=Severity.HIGH,
    remediation="Add a MetricAlarm on the metric, in the function's region.",
    check=_check,
)
