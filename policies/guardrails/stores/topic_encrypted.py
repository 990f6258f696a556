"""Topics are encrypted with a key that alarms can use."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..kms_keys import customer_managed
from ..types import TOPIC


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not customer_managed(args.props, "kmsMasterKeyId"):
        report(
            "The topic is not encrypted with a customer managed KMS key; set kms_master_key_id (with alias/aws/sns "
            "alarms could not publish)."
        )


POLICY = on_resource(
    __name__,
    applies_to=[TOPIC],
    description="Topics are encrypted with a customer managed KMS key.",
    rationale=(
        "Alerts name principals and decoys (Security Hub SNS.1), and with the key alias/aws/sns alarms fail silently."
    ),
    severity=Severity.HIGH,
    remediation="Set kms_master_key_id on the topic to a customer managed key whose policy lets CloudWatch use it.",
    check=_check,
)
