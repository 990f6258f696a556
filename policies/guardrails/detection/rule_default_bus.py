"""Rules are on the bus that receives AWS's events."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import EVENT_RULE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    bus = str(args.props.get("eventBusName") or "default")
    if bus != "default" and not bus.endswith(":event-bus/default"):
        report(
            f"The rule {args.props.get('name')} is on the event bus {bus}, where AWS's events don't arrive; "
            "leave out event_bus_name."
        )


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_RULE],
    description="Rules are on the default event bus.",
    rationale="CloudTrail's and CloudWatch's events arrive only on the default bus of their region.",
    severity=Severity.CRITICAL,
    remediation="Leave out event_bus_name.",
    check=_check,
)
