"""Functions run as a role of this stack."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import functions, roles
from ..guardrail import Report, each, on_stack
from ..links import known, refers


def _check(args: StackValidationArgs, report: Report) -> None:
    def has_own(function: PolicyResource) -> None:
        if not any(refers(function, "role", role) for role in roles(args)):
            name = known(function.props, "name")
            report(f"Function {name} runs as a role from elsewhere; make one in this stack.", function.urn)

    each(functions(args), has_own)


POLICY = on_stack(
    __name__,
    description="The responder runs as a role of this stack.",
    rationale="These guardrails can't read the permissions and the trust policy of a role from elsewhere.",
    severity=Severity.CRITICAL,
    remediation="Create the role in this stack, and set its ARN on the function.",
    check=_check,
)
