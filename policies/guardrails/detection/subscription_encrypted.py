"""Alerts are encrypted in transit."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import TOPIC_SUBSCRIPTION


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("protocol") == "http":
        report(f"Alerts go to {args.props.get('endpoint')} in plain text; subscribe it by https.")


POLICY = on_resource(
    __name__,
    applies_to=[TOPIC_SUBSCRIPTION],
    description="No subscription uses plain HTTP.",
    rationale="Alerts name decoys and principals, and plain HTTP exposes them in transit.",
    severity=Severity.HIGH,
    remediation='Set protocol="https".',
    check=_check,
)
