"""Queues are encrypted, and still can be sent to."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..kms_keys import customer_managed
from ..types import QUEUE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("sqsManagedSseEnabled") is not True and not customer_managed(args.props, "kmsMasterKeyId"):
        report(
            "The queue is not encrypted by SQS or a customer managed KMS key; set sqs_managed_sse_enabled=True "
            "(EventBridge can't use the key alias/aws/sqs)."
        )


POLICY = on_resource(
    __name__,
    applies_to=[QUEUE],
    description="Queues are encrypted with SQS's own keys or a customer managed KMS key.",
    rationale=(
        "Dead letters contain whole events (Security Hub SQS.1), and the key alias/aws/sqs would reject EventBridge."
    ),
    severity=Severity.MEDIUM,
    remediation="Set sqs_managed_sse_enabled=True on the queue.",
    check=_check,
)
