"""Alarms of the log path reach the responder."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import stack_config
from ..benchmarks import is_for_benchmark, namespace_of
from ..events import arn_of, of_type, reaches_function, routes
from ..guardrail import Report, each, on_stack
from ..patterns import Known
from ..types import METRIC_ALARM, METRIC_FILTER


def _check(args: StackValidationArgs, report: Report) -> None:
    among = routes(args.resources)
    filters = of_type(args.resources, METRIC_FILTER)
    detections = {namespace for each in filters if not is_for_benchmark(namespace := namespace_of(each))}

    def reaches(alarm: PolicyResource) -> None:
        region = stack_config.region_of(alarm)
        if alarm.props.get("namespace") in detections and not reaches_function(_state_change(alarm), region, among):
            report(
                f"No rule of {region} leads the state change of the alarm {alarm.props.get('name')} to the responder; "
                "add one on CloudWatch Alarm State Change for the namespace of the detections.",
                alarm.urn,
            )

    each(of_type(args.resources, METRIC_ALARM), reaches)


def _state_change(alarm: PolicyResource) -> Known:
    """Return what is certain of the event (CloudWatch user guide, "Alarm events and EventBridge")."""
    metric = {"namespace": str(alarm.props.get("namespace")), "name": str(alarm.props.get("metricName"))}
    return Known(
        {
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm State Change",
            "account": stack_config.account_id(),
            "region": stack_config.region_of(alarm),
            "resources": [arn_of(alarm, "cloudwatch", "alarm:")],
            "detail": {
                "alarmName": str(alarm.props.get("name")),
                "state": {"value": "ALARM"},
                "configuration": {"metrics": [{"metricStat": {"metric": metric}}]},
            },
        }
    )


POLICY = on_stack(
    __name__,
    description="The state change of every detection's alarm reaches the responder.",
    rationale=(
        "An alarm's mail does not name the caller; the responder looks it up, and contains where the event path has "
        "failed."
    ),
    severity=Severity.CRITICAL,
    remediation="Keep the rule alarm-change of components/kill_switch.py.",
    check=_check,
)
