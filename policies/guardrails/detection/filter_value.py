"""A metric filter counts matches, and publishes nothing else."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import METRIC_FILTER


def _check(args: ResourceValidationArgs, report: Report) -> None:
    name, metric = args.props.get("name"), args.props.get("metricTransformation") or {}
    if metric.get("value") != "1":
        report(
            f'The filter {name} publishes {metric.get("value")} for a hit; set the value to "1", which alarms count.'
        )
    if metric.get("defaultValue") is not None:
        report(f"The filter {name} has a default value, a stream of numbers that hides a dead filter; remove it.")
    if metric.get("dimensions"):
        report(f"The filter {name} spreads its metric over dimensions, of which the alarm sees one; remove them.")


POLICY = on_resource(
    __name__,
    applies_to=[METRIC_FILTER],
    description="Metric filters publish 1 for a hit and nothing otherwise, without dimensions.",
    rationale="Each data point is then one match, and no data means no match.",
    severity=Severity.HIGH,
    remediation='Set metric_transformation to namespace, name and value "1" only.',
    check=_check,
)
