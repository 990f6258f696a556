"""Buckets are encrypted with a key of ours."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..bucket_settings import every_bucket
from ..guardrail import Report, on_stack
from ..kms_keys import customer_managed
from ..types import BUCKET_ENCRYPTION


def _problem(_: PolicyResource, encryption: Mapping[str, Any]) -> str:
    for rule in encryption.get("rules") or ():
        default = rule.get("applyServerSideEncryptionByDefault") or {}
        if default.get("sseAlgorithm") in ("aws:kms", "aws:kms:dsse") and customer_managed(default, "kmsMasterKeyId"):
            return ""
    return "is not encrypted with a customer managed KMS key; set sse_algorithm to aws:kms and kms_master_key_id."


def _check(args: StackValidationArgs, report: Report) -> None:
    every_bucket(
        args,
        report,
        BUCKET_ENCRYPTION,
        missing="has no encryption with a KMS key; give it a BucketServerSideEncryptionConfiguration.",
        problem=_problem,
    )


POLICY = on_stack(
    __name__,
    description="Every bucket is encrypted with a customer managed KMS key.",
    rationale=(
        "A principal that is admitted to the bucket by mistake can't read it without the key (Security Hub S3.17)."
    ),
    severity=Severity.MEDIUM,
    remediation="Give the bucket a BucketServerSideEncryptionConfiguration with aws:kms and a customer managed key.",
    check=_check,
)
