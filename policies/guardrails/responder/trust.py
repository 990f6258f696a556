"""Lambda alone may assume the responder's role."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import roles
from ..guardrail import Report, each, on_stack
from ..statements import statements

LAMBDA = ("Service:lambda.amazonaws.com",)


def _check(args: StackValidationArgs, report: Report) -> None:
    def trusts_lambda(role: PolicyResource) -> None:
        name = role.props.get("name")
        try:
            allowed = [s for s in statements(role.props.get("assumeRolePolicy")) if s.allows]
        except ValueError:
            report(f"The trust policy of role {name} is no policy document; write one.", role.urn)
            return
        if not allowed:
            report(f"The trust policy of role {name} lets nobody assume it; let lambda.amazonaws.com.", role.urn)
        for statement in allowed:
            if statement.principals != LAMBDA:
                others = ", ".join(statement.principals) or "all but some"
                report(f"The trust policy of role {name} admits {others}; admit lambda.amazonaws.com alone.", role.urn)
            elif statement.actions != ("sts:assumerole",):
                report(f"The trust policy of role {name} allows more than sts:AssumeRole; allow that alone.", role.urn)

    each(roles(args), trusts_lambda)


POLICY = on_stack(
    __name__,
    description="Only Lambda may assume the responder's role.",
    rationale="Any other principal with this role could grant or remove nearly any principal's rights.",
    severity=Severity.CRITICAL,
    remediation="Let the trust policy allow sts:AssumeRole to lambda.amazonaws.com only.",
    check=_check,
)
