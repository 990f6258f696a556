"""Metric filters read the log group that CloudTrail writes to."""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import arns, stack_config
from ..events import of_type
from ..guardrail import Report, each, on_stack
from ..types import LOG_GROUP, METRIC_FILTER, TRAIL


def _check(args: StackValidationArgs, report: Report) -> None:
    groups = set(_trail_log_groups(args))
    if not groups:
        args.not_applicable("no trail of the stack writes to a log group")

    def looks(metric_filter: PolicyResource) -> None:
        place = str(metric_filter.props.get("logGroupName")), stack_config.region_of(metric_filter)
        if place not in groups:
            known = ", ".join(f"{name} in {region}" for name, region in sorted(groups))
            report(
                f"The filter {metric_filter.props.get('name')} looks at {place[0]} in {place[1]}, where CloudTrail "
                f"does not write; set it on {known}.",
                metric_filter.urn,
            )

    each(of_type(args.resources, METRIC_FILTER), looks)


def _trail_log_groups(args: StackValidationArgs) -> Iterator[tuple[str, str]]:
    """Name and region of each."""
    trail = stack_config.value("trail", {})
    existing = trail.get("existing") if isinstance(trail, dict) else None
    if existing:
        yield str(existing.get("logGroupName")), stack_config.home()
    for made in of_type(args.resources, TRAIL):
        linked = of_type(made.property_dependencies.get("cloudWatchLogsGroupArn", []), LOG_GROUP)
        for group in linked:
            yield str(group.props.get("name")), stack_config.region_of(group)
        arn = None if linked else arns.parse(made.props.get("cloudWatchLogsGroupArn"))
        if arn:
            yield arn.resource.removeprefix("log-group:").removesuffix(":*"), arn.region


POLICY = on_stack(
    __name__,
    description="Metric filters are set on the log group that CloudTrail writes to, in its region.",
    rationale="Any other log group contains no CloudTrail records.",
    severity=Severity.CRITICAL,
    remediation="Use the log group of AuditTrail.",
    check=_check,
)
