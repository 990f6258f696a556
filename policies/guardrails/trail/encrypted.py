"""A trail's log files are encrypted with a customer managed key."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..kms_keys import customer_managed
from ..types import TRAIL


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not customer_managed(args.props, "kmsKeyId"):
        report("The trail's log files are not encrypted with a customer managed KMS key; set kms_key_id.")


POLICY = on_resource(
    __name__,
    applies_to=[TRAIL],
    description="Trails encrypt their log files with a customer managed KMS key.",
    rationale=(
        "Log files reveal what detections match; with a key, access to the bucket is not enough (Security Hub "
        "CloudTrail.2)."
    ),
    severity=Severity.MEDIUM,
    remediation="Set kms_key_id on the trail to a customer managed key whose policy lets CloudTrail use it.",
    check=_check,
)
