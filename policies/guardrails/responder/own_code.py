"""The responder's code is that of this program, all of it."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import FUNCTION

ELSEWHERE = ("fileSystemConfig", "imageUri", "layers", "s3Bucket")


def _check(args: ResourceValidationArgs, report: Report) -> None:
    for key in ELSEWHERE:
        if args.props.get(key):
            report(f"The function has {key}, code from elsewhere; put what it needs into its archive.")
    if "code" not in list(args.props):  # not touched: in a preview it is not known
        report("The function has no code of this program; set code.")


POLICY = on_resource(
    __name__,
    applies_to=[FUNCTION],
    description="The responder's code comes from this program only: no layers, no image, no object in a bucket.",
    rationale="It has rights over nearly every principal, so all of its code must have been reviewed here.",
    severity=Severity.HIGH,
    remediation="Give the function its code as an archive of this program's files.",
    check=_check,
)
