"""Buckets keep every version of an object."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..bucket_settings import every_bucket
from ..guardrail import Report, on_stack
from ..types import BUCKET_VERSIONING


def _problem(_: PolicyResource, versioning: Mapping[str, Any]) -> str:
    status = (versioning.get("versioningConfiguration") or {}).get("status")
    return "" if status == "Enabled" else f"has versioning {status}; set its status to Enabled."


def _check(args: StackValidationArgs, report: Report) -> None:
    every_bucket(
        args,
        report,
        BUCKET_VERSIONING,
        missing="is not versioned; give it a BucketVersioning with status Enabled.",
        problem=_problem,
    )


POLICY = on_stack(
    __name__,
    description="Every bucket is versioned.",
    rationale="Otherwise overwriting an object destroys it (Security Hub S3.14).",
    severity=Severity.HIGH,
    remediation="Give the bucket a BucketVersioning with status Enabled.",
    check=_check,
)
