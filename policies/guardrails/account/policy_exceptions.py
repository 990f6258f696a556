"""Exceptions from guardrails are complete, name a guardrail, and end."""

from datetime import UTC, datetime

from pulumi_policy import Severity, StackValidationArgs

from .. import exceptions, pack
from ..guardrail import Report, on_stack


def _check(args: StackValidationArgs, report: Report) -> None:
    today = datetime.now(UTC).date()
    names = {pack.policy_name(module) for module in pack.modules()}
    for exception in exceptions.read():
        key = f"deadfall:policyExceptions, {exception.policy or 'an entry'}"
        if exception.problem:
            report(f"{key}: {exception.problem}; complete or remove it.")
        elif exception.policy not in names:
            report(f"{key}: there is no such guardrail; correct or remove it (docs/policies.md lists all).")
        elif exception.policy == exceptions.GUARDRAIL:
            report(f"{key}: this guardrail takes no exception; remove it.")
        elif exception.expires > today + exceptions.LONGEST:
            latest = today + exceptions.LONGEST
            report(f"{key}: ends on {exception.expires}, too far ahead; have it end on {latest} at the latest.")
        elif not exception.holds(today):
            report(f"{key}: expired on {exception.expires}; mend what it excuses, or have a new date reviewed.")


POLICY = on_stack(
    __name__,
    description="Exceptions from guardrails are complete, name a guardrail, have not expired, and end within a year.",
    rationale="An exception that is never reviewed again disables its guardrail for good.",
    severity=Severity.HIGH,
    remediation="Correct the entry in deadfall:policyExceptions of the stack's config, or remove it.",
    check=_check,
)
