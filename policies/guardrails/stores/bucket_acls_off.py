"""Buckets don't use ACLs."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..bucket_settings import every_bucket
from ..guardrail import Report, on_stack
from ..types import BUCKET_OWNERSHIP


def _problem(_: PolicyResource, controls: Mapping[str, Any]) -> str:
    ownership = (controls.get("rule") or {}).get("objectOwnership")
    if ownership == "BucketOwnerEnforced":
        return ""
    return f"has ACLs (object ownership {ownership}); set object_ownership to BucketOwnerEnforced."


def _check(args: StackValidationArgs, report: Report) -> None:
    every_bucket(
        args,
        report,
        BUCKET_OWNERSHIP,
        missing="does not say who owns its objects; give it BucketOwnershipControls with BucketOwnerEnforced.",
        problem=_problem,
    )


POLICY = on_stack(
    __name__,
    description="Every bucket has its ACLs disabled.",
    rationale="An ACL grants access to single objects past the bucket's policy (Security Hub S3.12).",
    severity=Severity.MEDIUM,
    remediation="Give the bucket BucketOwnershipControls with object_ownership BucketOwnerEnforced.",
    check=_check,
)
