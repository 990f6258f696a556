"""A trail of the stack, or one that it adopts, records calls."""

from collections.abc import Mapping

from pulumi_policy import Severity, StackValidationArgs

from .. import stack_config
from ..guardrail import Report, on_stack
from ..types import TRAIL


def _check(args: StackValidationArgs, report: Report) -> None:
    trail = stack_config.value("trail", {})
    adopted = isinstance(trail, Mapping) and trail.get("existing")
    if not adopted and not any(resource.resource_type == TRAIL for resource in args.resources):
        report("Nothing records this account's calls; make a trail, or adopt one with deadfall:trail.existing.")


POLICY = on_stack(
    __name__,
    description="A stack has a trail, or adopts one.",
    rationale=(
        "Without a trail neither the event path nor the log path receives records (CIS 3.1, Security Hub CloudTrail.1)."
    ),
    severity=Severity.CRITICAL,
    remediation="Put the trail back, or name the log group of an existing one in deadfall:trail.existing.",
    check=_check,
)
