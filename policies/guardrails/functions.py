"""The Lambda functions of a stack, the roles that they run as, and the policies of these roles.

Every function counts as the responder: what could be contained with it could be contained with any other beside it.
"""

from collections.abc import Callable

from pulumi_policy import PolicyResource, StackValidationArgs

from .guardrail import each
from .links import known, refers
from .stack_config import names
from .statements import Statement, readable_statements
from .types import FUNCTION, ROLE, ROLE_POLICY


def functions(args: StackValidationArgs) -> list[PolicyResource]:
    return [resource for resource in args.resources if resource.resource_type == FUNCTION]


def arn(function: PolicyResource) -> str:
    """Composed, because the function may not exist yet."""
    return names().arn("lambda", f"function:{function.props['name']}", function.props["region"])


def roles(args: StackValidationArgs) -> list[PolicyResource]:
    """The roles of this stack that its functions run as."""
    every = [resource for resource in args.resources if resource.resource_type == ROLE]
    return [role for role in every if any(refers(function, "role", role) for function in functions(args))]


def iam_arn(kind: str, principal: PolicyResource) -> str:
    """The ARN of a user or role of this stack, composed too."""
    return names().iam_arn(f"{kind}{known(principal.props, 'path', '/')}{principal.props['name']}")


def policies(args: StackValidationArgs) -> list[PolicyResource]:
    """The inline policies of these roles; the guardrail responder-own-policies sees to it that there are no others."""
    return [policy for role in roles(args) for policy in policies_of(role, args)]


def policies_of(role: PolicyResource, args: StackValidationArgs) -> list[PolicyResource]:
    """The inline policies of one role."""
    every = [resource for resource in args.resources if resource.resource_type == ROLE_POLICY]
    return [policy for policy in every if refers(policy, "role", role)]


def each_allowed(args: StackValidationArgs, check: Callable[[PolicyResource, Statement], None]) -> None:
    """Check every statement by which a function is allowed something. A policy that can't be read allows nothing, and
    the guardrail responder-protected-principals reports it."""

    def of(policy: PolicyResource) -> None:
        for statement in readable(policy):
            if statement.allows:
                check(policy, statement)

    each(policies(args), of)


def readable(policy: PolicyResource) -> list[Statement]:
    """The statements of a policy; none if it can't be read."""
    return readable_statements(policy.props.get("policy"))
