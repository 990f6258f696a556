"""The responder's timeout suffices, and its ledger's lease outlasts it."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import FUNCTION

LEAST_SECONDS = 30
MOST_SECONDS = 60
LAMBDA_DEFAULT_SECONDS = 3


def _check(args: ResourceValidationArgs, report: Report) -> None:
    seconds = args.props.get("timeout")
    seconds = LAMBDA_DEFAULT_SECONDS if seconds is None else seconds
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        report(f"The function's timeout is {seconds:g} s; choose {LEAST_SECONDS} to {MOST_SECONDS} s.")


POLICY = on_resource(
    __name__,
    applies_to=[FUNCTION],
    description="The responder's timeout is 30 to 60 seconds.",
    rationale=(
        "Lambda's default of 3 s ends it halfway; its ledger treats an invocation as failed after 65 s, so that a "
        "longer one could contain while its own retry does."
    ),
    severity=Severity.HIGH,
    remediation="Set timeout on the function.",
    check=_check,
)
