"""A rule retries, and gives up soon enough to be reported."""

from typing import Any

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource, setting
from ..types import EVENT_TARGET

LONGEST: dict[str, dict[str, Any]] = {
    "longestSeconds": {
        "type": "integer",
        "minimum": 60,
        "default": 3600,
        "description": "How long delivery may be tried before the event goes to the dead-letter queue.",
    }
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    target = f"The target {args.props.get('targetId')} of the rule {args.props.get('rule')}"
    policy = args.props.get("retryPolicy") or {}
    attempts, age = policy.get("maximumRetryAttempts"), policy.get("maximumEventAgeInSeconds")
    longest = setting(args, LONGEST, "longestSeconds")
    if attempts is None or age is None:
        report(f"{target} leaves retries to EventBridge, which gives up after a day; set both values of retry_policy.")
    elif attempts < 1:
        report(f"{target} is tried once only; set maximum_retry_attempts to 1 or more.")
    elif age > longest:
        report(f"{target} is tried for {age:.0f} seconds; set maximum_event_age_in_seconds to {longest:.0f} or less.")


POLICY = on_resource(
    __name__,
    applies_to=[EVENT_TARGET],
    description="Every target of a rule has a retry policy that tries again and ends within the hour.",
    rationale="A dead letter, and with it the alarm, comes after the last retry; by default that is a day late.",
    severity=Severity.MEDIUM,
    remediation="Set retry_policy as components/event_delivery.py does.",
    check=_check,
    config=LONGEST,
)
