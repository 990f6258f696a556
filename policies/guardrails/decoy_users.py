"""The decoy users of a stack: every IAM user in it is one."""

from pulumi_policy import PolicyResource, StackValidationArgs

from .statements import statements
from .types import USER


def users(args: StackValidationArgs) -> list[PolicyResource]:
    return [resource for resource in args.resources if resource.resource_type == USER]


def denies_all(policy: PolicyResource) -> bool:
    """Whether a UserPolicy denies everything, unconditionally. One that can't be read denies nothing."""
    try:
        found = statements(policy.props.get("policy"))
    except ValueError:
        return False
    return any(
        not statement.allows and statement.actions == ("*",) and statement.resources == ("*",)
        for statement in found
        if not statement.condition
    )
