"""No rule is disabled."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import EVENT_RULE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("state") == "DISABLED" or args.props.get("isEnabled") is False:
        report(f"The rule {args.props.get('name')} is disabled; enable it, or remove it with its detection.")


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_RULE],
    description="Event rules are enabled.",
    rationale="A disabled rule matches nothing.",
    severity=Severity.CRITICAL,
    remediation=(
        "Set the rule's state to ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, or to ENABLED if it can see no reads."
    ),
    check=_check,
)
