"""Roles have inline policies that are resources of their own, and no others."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import POLICY_ATTACHMENT, ROLE, ROLE_POLICY_ATTACHMENT


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.resource_type == ROLE:
        for key in ("inlinePolicies", "managedPolicyArns"):
            if args.props.get(key):
                report(f"The role has {key}; write what it may do as RolePolicy.")
    elif args.resource_type == ROLE_POLICY_ATTACHMENT or args.props.get("roles"):
        report("A managed policy is attached to a role; write what the role may do as RolePolicy.")


POLICY = on_resource(
    __name__,
    applies_to=[ROLE, ROLE_POLICY_ATTACHMENT, POLICY_ATTACHMENT],
    description="Roles have only inline policies, each created as a RolePolicy.",
    rationale="Managed policies change without a change here (AWS updates its own), and no guardrail reads them.",
    severity=Severity.CRITICAL,
    remediation="Write the role's permissions as a RolePolicy, and attach nothing.",
    check=_check,
)
