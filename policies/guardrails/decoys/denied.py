"""A decoy user may do nothing."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..decoy_users import denies_all, users
from ..guardrail import Report, each, on_stack
from ..links import refers
from ..types import USER_POLICY


def _check(args: StackValidationArgs, report: Report) -> None:
    policies = [resource for resource in args.resources if resource.resource_type == USER_POLICY]

    def denied(user: PolicyResource) -> None:
        if not any(denies_all(policy) for policy in policies if refers(policy, "user", user)):
            report(f"User {user.props.get('name')} is not denied everything; add a UserPolicy that does.", user.urn)

    each(users(args), denied)


POLICY = on_stack(
    __name__,
    description="Every decoy user has an inline policy that denies everything.",
    rationale=(
        "The key is meant to be stolen: without the deny, any grant to all users or any resource policy would take "
        "effect."
    ),
    severity=Severity.CRITICAL,
    remediation='Give the user a UserPolicy with Effect "Deny", Action "*", Resource "*", and no condition.',
    check=_check,
)
