"""A trail records the calls of every region."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import TRAIL


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("isMultiRegionTrail") is not True:
        report("The trail records one region only; set is_multi_region_trail=True.")


POLICY = on_resource(
    __name__,
    applies_to=[TRAIL],
    description="Trails record every region.",
    rationale="Only the trail records calls in regions without rules (CIS 3.1, Security Hub CloudTrail.1).",
    severity=Severity.CRITICAL,
    remediation="Set is_multi_region_trail=True on the trail.",
    check=_check,
)
