"""Evidence can't be deleted before its time."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import stack_config
from ..bucket_settings import settings
from ..guardrail import Report, each, on_stack, setting
from ..types import BUCKET, BUCKET_OBJECT_LOCK, FUNCTION

CONFIG = {
    "leastDays": {
        "type": "integer",
        "minimum": 1,
        "default": 30,
        "description": "For how many days at least evidence is locked in production.",
    }
}


def _check(args: StackValidationArgs, report: Report) -> None:
    functions = [resource for resource in args.resources if resource.resource_type == FUNCTION]
    if not functions:
        args.not_applicable("no responder")
    least = int(setting(args, CONFIG, "leastDays")) if stack_config.is_production() else 1
    buckets = [resource for resource in args.resources if resource.resource_type == BUCKET]

    def check(function: PolicyResource) -> None:
        name = _evidence_bucket(function.props)
        found = [bucket for bucket in buckets if bucket.props.get("bucket") == name]
        if not found:
            report(
                f"The responder {function.name} keeps evidence in no bucket of this stack; set EVIDENCE_BUCKET.",
                function.urn,
            )
        for bucket in found:
            if wrong := _problem(args, bucket, least):
                report(f"The evidence bucket {name} {wrong}", bucket.urn)

    each(functions, check)


def _evidence_bucket(function: Mapping[str, Any]) -> Any:
    return ((function.get("environment") or {}).get("variables") or {}).get("EVIDENCE_BUCKET")


def _problem(args: StackValidationArgs, bucket: PolicyResource, least: int) -> str:
    if bucket.props.get("objectLockEnabled") is not True:
        return "has no Object Lock; set object_lock_enabled=True."
    locks = settings(args.resources, BUCKET_OBJECT_LOCK, bucket)
    if not locks:
        return "locks nothing by default; give it a BucketObjectLockConfiguration."
    return next(filter(None, (_too_weak(lock, least) for lock in locks)), "")


def _too_weak(lock: PolicyResource, least: int) -> str:
    retention = (lock.props.get("rule") or {}).get("defaultRetention") or {}
    mode, days = retention.get("mode"), int(retention.get("days") or 0) + 365 * int(retention.get("years") or 0)
    if mode not in ("COMPLIANCE", "GOVERNANCE") or (mode != "COMPLIANCE" and stack_config.is_production()):
        return f"is locked in {mode} mode, which can be lifted; in production set mode to COMPLIANCE."
    if days < least:
        return f"is locked for {days} days; lock it for {least} at least (deadfall:evidence.lockDays)."
    return ""


POLICY = on_stack(
    __name__,
    description=(
        "The responder's evidence is under Object Lock, in production in compliance mode and for 30 days, or the "
        "number in the setting leastDays."
    ),
    rationale="An intruder with administrator rights deletes evidence first (Security Hub S3.15).",
    severity=Severity.HIGH,
    remediation="Give the evidence bucket Object Lock with a default retention; set deadfall:evidence.lockDays.",
    config=CONFIG,
    check=_check,
)
