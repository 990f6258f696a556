"""Every regional resource names its region."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource

GLOBAL = (
    "aws:account/",
    "aws:budgets/",
    "aws:iam/",
    "aws:organizations/",
    "aws:s3/accountPublicAccessBlock:",
)
"""How the types of resources begin that are in no region, so that their classes take none."""


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not args.resource_type.startswith("aws:") or args.resource_type.startswith(GLOBAL):
        args.not_applicable("in no region")
    if not args.props.get("region"):
        report("The resource takes its region from the provider; set region.")


POLICY = on_resource(
    __name__,
    applies_to=[],
    description="Every regional resource names its region.",
    rationale=(
        "A stack spans regions: a resource without a region lands in the home region, and its own region goes "
        "unwatched."
    ),
    severity=Severity.HIGH,
    remediation="Set region on the resource.",
    check=_check,
)
