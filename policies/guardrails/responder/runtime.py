"""The responder runs on a runtime that AWS supports."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import FUNCTION

# Those on Amazon Linux 2023, supported to October 2028 at least (Lambda developer guide, "Building with Python").
SUPPORTED = ("python3.12", "python3.13", "python3.14")


def _check(args: ResourceValidationArgs, report: Report) -> None:
    runtime = args.props.get("runtime")
    if runtime not in SUPPORTED:
        report(f"The function's runtime is {runtime}; choose {', '.join(SUPPORTED)}.")


POLICY = on_resource(
    __name__,
    applies_to=[FUNCTION],
    description="The responder runs on a Python runtime that AWS supports for years to come.",
    rationale="A deprecated runtime gets no security updates, and Lambda eventually rejects updates of the function.",
    severity=Severity.MEDIUM,
    remediation="Set runtime to a current Python.",
    check=_check,
)
