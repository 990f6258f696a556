"""Outside dev no bucket is emptied to destroy it."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..guardrail import Report, on_resource
from ..types import BUCKET


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not stack_config.is_production():
        args.not_applicable("not production")
    if args.props.get("forceDestroy") not in (None, False):
        report("pulumi destroy would delete all objects of this production bucket; set force_destroy=False.")


POLICY = on_resource(
    __name__,
    applies_to=[BUCKET],
    description="In production no bucket has force_destroy.",
    rationale="One destroy, or one replacement of the bucket, would delete all evidence with it.",
    severity=Severity.HIGH,
    remediation="Set force_destroy=False, or deadfall:environment to dev if this is no production account.",
    check=_check,
)
