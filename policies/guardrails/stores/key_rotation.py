"""KMS keys are rotated."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import KEY


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("enableKeyRotation") is not True:
        report("The key is not rotated; set enable_key_rotation=True.")


POLICY = on_resource(
    __name__,
    applies_to=[KEY],
    description="KMS keys are rotated every year.",
    rationale="A key that never changes protects ever more data with the same material (CIS 3.6, Security Hub KMS.4).",
    severity=Severity.LOW,
    remediation="Set enable_key_rotation=True on the key.",
    check=_check,
)
