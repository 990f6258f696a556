"""Roles other than the responder's serve AWS services and allow little."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import policies, roles
from ..guardrail import Report, each, on_stack
from ..statements import has_wildcard, statements
from ..types import ROLE, ROLE_POLICY

GIVES_RIGHTS = ("iam:", "organizations:", "sts:")


def _check(args: StackValidationArgs, report: Report) -> None:
    of_responder = [resource.urn for resource in (*roles(args), *policies(args))]
    others = [resource for resource in args.resources if resource.urn not in of_responder]

    def trusts_services(role: PolicyResource) -> None:
        name = role.props.get("name")
        try:
            allowed = [s for s in statements(role.props.get("assumeRolePolicy")) if s.allows]
        except ValueError:
            report(f"The trust policy of role {name} is no policy document; write one.", role.urn)
            return
        for statement in allowed:
            for who in statement.principals or ("all but some",):
                if not who.startswith("Service:"):
                    report(f"The trust policy of role {name} admits {who}; admit AWS services alone.", role.urn)

    def grants_little(policy: PolicyResource) -> None:
        name = policy.props.get("name")
        try:
            allowed = [s for s in statements(policy.props.get("policy")) if s.allows]
        except ValueError:
            report(f"Policy {name} is no policy document; write one.", policy.urn)
            return
        for statement in allowed:
            if statement.not_actions:
                report(f"Policy {name} allows all actions but some; name those needed.", policy.urn)
            for action in statement.actions:
                if _is_much(action):
                    report(f"Policy {name} allows {action}; name what the service needs, nothing of IAM.", policy.urn)

    each([resource for resource in others if resource.resource_type == ROLE], trusts_services)
    each([resource for resource in others if resource.resource_type == ROLE_POLICY], grants_little)


def _is_much(action: str) -> bool:
    """All of a service, of any service, or something that gives rights. A narrow wildcard such as s3:Get* may be."""
    service, _, name = action.partition(":")
    return has_wildcard(service) or not name.strip("*?") or action.startswith(GIVES_RIGHTS)


POLICY = on_stack(
    __name__,
    description=(
        "Roles that no function runs as are assumed by AWS services only, and allow neither a whole service nor IAM."
    ),
    rationale="An unwatched role in a trusted stack is where an intruder would put a way back.",
    severity=Severity.CRITICAL,
    remediation="Let the trust policy admit services only, and list the actions in the RolePolicy.",
    check=_check,
)
