"""A trail's log files are signed, so that changes are detected."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import TRAIL


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("enableLogFileValidation") is not True:
        report("Log file validation is off; set enable_log_file_validation=True.")


POLICY = on_resource(
    __name__,
    applies_to=[TRAIL],
    description="Trails validate their log files.",
    rationale="Otherwise changes and deletions of evidence can't be proven (CIS 3.2, Security Hub CloudTrail.4).",
    severity=Severity.HIGH,
    remediation="Set enable_log_file_validation=True on the trail.",
    check=_check,
)
