"""Buckets refuse public access in all four ways."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..bucket_settings import every_bucket
from ..guardrail import Report, on_stack
from ..types import BUCKET_PUBLIC_ACCESS

BLOCKS = {
    "blockPublicAcls": "block_public_acls",
    "blockPublicPolicy": "block_public_policy",
    "ignorePublicAcls": "ignore_public_acls",
    "restrictPublicBuckets": "restrict_public_buckets",
}


def _problem(_: PolicyResource, block: Mapping[str, Any]) -> str:
    off = [argument for key, argument in BLOCKS.items() if block.get(key) is not True]
    return f"lets public access through; set {', '.join(off)} to True in its BucketPublicAccessBlock." if off else ""


def _check(args: StackValidationArgs, report: Report) -> None:
    every_bucket(
        args,
        report,
        BUCKET_PUBLIC_ACCESS,
        missing="has no public access block; give it a BucketPublicAccessBlock with all four set to True.",
        problem=_problem,
    )


POLICY = on_stack(
    __name__,
    description="Every bucket blocks public access, in all four ways.",
    rationale="Archive and evidence name people, keys and decoys (Security Hub S3.8, CloudTrail.6).",
    severity=Severity.CRITICAL,
    remediation="Give the bucket a BucketPublicAccessBlock with all four set to True.",
    check=_check,
)
