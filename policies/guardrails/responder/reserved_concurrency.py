"""The responder has concurrency of its own."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import FUNCTION


def _check(args: ResourceValidationArgs, report: Report) -> None:
    reserved = args.props.get("reservedConcurrentExecutions")
    if reserved is None or reserved < 0:
        report("The function shares the account's concurrency; set reserved_concurrent_executions.")
    elif reserved == 0:
        report("The function's reserved concurrency of 0 switches it off; reserve 1 at least.")


POLICY = on_resource(
    __name__,
    applies_to=[FUNCTION],
    description="The responder has reserved concurrency.",
    rationale="Other functions, or an attacker who invokes them, can use up the account's concurrency and block it.",
    severity=Severity.HIGH,
    remediation="Set reserved_concurrent_executions on the function.",
    check=_check,
)
