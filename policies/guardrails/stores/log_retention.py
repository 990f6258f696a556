"""Log groups keep logs for a limited and sufficient time."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..guardrail import Report, on_resource, setting
from ..types import LOG_GROUP

CONFIG = {
    "leastDays": {
        "type": "integer",
        "minimum": 1,
        "default": 90,
        "description": "For how many days at least logs are kept in production.",
    }
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    days = int(args.props.get("retentionInDays") or 0)
    least = int(setting(args, CONFIG, "leastDays")) if stack_config.is_production() else 1
    if not days:
        report("The log group keeps logs forever; set retention_in_days.")
    elif days < least:
        report(f"The log group keeps logs for {days} days; set retention_in_days to {least} at least.")


POLICY = on_resource(
    __name__,
    applies_to=[LOG_GROUP],
    description=(
        "Log groups have a retention, in production of at least 90 days, or the number in the setting leastDays."
    ),
    rationale=(
        "Logs without an expiry cost more and more and keep personal data; logs that expire too soon are missing in "
        "an investigation (Security Hub CloudWatch.16)."
    ),
    severity=Severity.MEDIUM,
    remediation="Set deadfall:trail.logRetentionDays or deadfall:evidence.logRetentionDays.",
    config=CONFIG,
    check=_check,
)
