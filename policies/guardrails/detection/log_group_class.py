"""Log groups are of the class that supports metrics."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import LOG_GROUP


def _check(args: ResourceValidationArgs, report: Report) -> None:
    log_class = args.props.get("logGroupClass") or "STANDARD"
    if log_class != "STANDARD":
        report(f"The log group {args.props.get('name')} is of class {log_class}, which knows no metrics; leave it out.")


POLICY = on_resource(
    __name__,
    applies_to=[LOG_GROUP],
    description="Log groups are of class STANDARD.",
    rationale=(
        "Other classes support neither metric filters nor embedded metrics, so the log path and the responder's own "
        'alarms would not work (CloudWatch Logs user guide, "Log classes").'
    ),
    severity=Severity.CRITICAL,
    remediation="Leave out log_group_class; a log group's class can't be changed later.",
    check=_check,
)
