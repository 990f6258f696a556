"""KMS keys can be used."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import KEY


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("isEnabled") not in (None, True):
        report("The key is disabled; remove is_enabled.")


POLICY = on_resource(
    __name__,
    applies_to=[KEY],
    description="KMS keys are enabled.",
    rationale=(
        "With a disabled key alarms can't publish, evidence can't be written, and the trail's log files are lost."
    ),
    severity=Severity.CRITICAL,
    remediation="Remove is_enabled from the key.",
    check=_check,
)
