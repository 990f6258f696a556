"""The settings of a bucket are resources of their own."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import BUCKET

ELSEWHERE = {
    "acl": "BucketOwnershipControls",
    "grants": "BucketOwnershipControls",
    "lifecycleRules": "BucketLifecycleConfiguration",
    "objectLockConfiguration": "BucketObjectLockConfiguration",
    "policy": "BucketPolicy",
    "serverSideEncryptionConfiguration": "BucketServerSideEncryptionConfiguration",
    "versioning": "BucketVersioning",
}
LEAVING = ("replicationConfiguration", "website")


def _check(args: ResourceValidationArgs, report: Report) -> None:
    for key, type in ELSEWHERE.items():
        if args.props.get(key):
            report(f"The bucket itself sets {key}, where no guardrail looks; use {type}.")
    for key in LEAVING:
        if args.props.get(key):
            report(f"The bucket sets {key}, by which its objects leave it; remove it.")


POLICY = on_resource(
    __name__,
    applies_to=[BUCKET],
    description="A bucket's policy, ACL, encryption, versioning, lifecycle and lock are separate resources.",
    rationale=(
        "The bucket's own arguments for them are deprecated, override those resources, and no guardrail reads them."
    ),
    severity=Severity.HIGH,
    remediation="Move the setting into the resource that the message names.",
    check=_check,
)
