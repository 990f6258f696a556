"""In production Pulumi refuses to delete what holds evidence."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import stack_config
from ..guardrail import Report, on_stack
from ..types import BUCKET, BUCKET_ENCRYPTION, LOG_GROUP, TABLE, TRAIL

HOLDS_EVIDENCE = (BUCKET, LOG_GROUP, TABLE, TRAIL)


def _check(args: StackValidationArgs, report: Report) -> None:
    if not stack_config.is_production():
        args.not_applicable("not production")
    for resource in args.resources:
        if resource.resource_type in HOLDS_EVIDENCE and not resource.opts.protect:
            report(f"{resource.name} can be deleted by pulumi destroy; set protect=True.", resource.urn)
    for key in _keys_of_buckets(args):
        if not key.opts.protect:
            report(
                f"{key.name}, without which nobody can read the evidence, can be deleted by pulumi destroy; set "
                "protect=True.",
                key.urn,
            )


def _keys_of_buckets(args: StackValidationArgs) -> list[PolicyResource]:
    found = {
        key.urn: key
        for resource in args.resources
        if resource.resource_type == BUCKET_ENCRYPTION
        for key in resource.property_dependencies.get("rules", [])
    }
    return list(found.values())


POLICY = on_stack(
    __name__,
    description="In production, the trail, buckets, log groups, tables and the buckets' keys have protect=True.",
    rationale="One destroy or one renamed resource would delete the evidence before anyone has read the plan.",
    severity=Severity.HIGH,
    remediation="Set protect=True in the resource's options (deadfall:keepEvidence).",
    check=_check,
)
