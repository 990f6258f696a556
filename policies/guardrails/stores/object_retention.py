"""In production objects are not deleted too soon."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..guardrail import Report, on_resource, setting
from ..types import BUCKET_LIFECYCLE

CONFIG = {
    "leastDays": {
        "type": "integer",
        "minimum": 1,
        "default": 365,
        "description": "For how many days at least objects are kept in production.",
    }
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not stack_config.is_production():
        args.not_applicable("not production")
    least = int(setting(args, CONFIG, "leastDays"))
    for rule in args.props.get("rules") or ():
        expiration = rule.get("expiration") or {}
        if rule.get("status") != "Enabled":
            continue
        if date := expiration.get("date"):
            report(f"Objects are deleted on {date}, however young they are; set days, {least} at least.")
        elif 0 < (days := int(expiration.get("days") or 0)) < least:
            report(f"Objects are deleted after {days} days; keep them for {least} at least.")


POLICY = on_resource(
    __name__,
    applies_to=[BUCKET_LIFECYCLE],
    description=(
        "In production, archive and evidence objects are kept for a year, or the number of days in the setting "
        "leastDays."
    ),
    rationale=(
        "A theft is often discovered months later, when nothing would be left to investigate (PCI DSS 10.5.1 "
        "requires a year)."
    ),
    severity=Severity.MEDIUM,
    remediation="Raise deadfall:trail.archiveRetentionDays or deadfall:evidence.retentionDays.",
    config=CONFIG,
    check=_check,
)
