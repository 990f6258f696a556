"""The responder is denied all actions on itself and on principals that are never contained."""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import iam_arn, policies_of, roles
from ..guardrail import Report, each, on_stack
from ..stack_config import config, names
from ..statements import Statement, matches, statements
from ..types import USER

# AWS's own roles, and the ways into an account that its organization relies on (docs/aws-facts.md, reserved-roles).
RESERVED = (
    *("aws-service-role/*", "aws-reserved/*", "AWSServiceRoleFor*", "AWSReservedSSO_*"),
    *("OrganizationAccountAccessRole", "AWSControlTowerExecution", "stacksets-exec-*"),
)


def _check(args: StackValidationArgs, report: Report) -> None:
    found = roles(args)
    if not found:
        args.not_applicable("no function with a role of this stack")

    def denied(role: PolicyResource) -> None:
        patterns: list[str] = []
        for policy in policies_of(role, args):
            try:
                patterns += [r for s in statements(policy.props.get("policy")) if _denies_iam(s) for r in s.resources]
            except ValueError:
                report(f"Policy {policy.props.get('name')} is no policy document; write one.", policy.urn)
                return
        for who, arn in _protected(args, found):
            if not any(matches(pattern, arn) for pattern in patterns):
                report(f"The responder is not denied iam:* on {who}, {arn}; add it to the deny.", role.urn)

    each(found, denied)


def _denies_iam(statement: Statement) -> bool:
    """A deny with a condition does not hold always."""
    return not statement.allows and not statement.condition and bool({"iam:*", "*"}.intersection(statement.actions))


def _protected(args: StackValidationArgs, own: list[PolicyResource]) -> Iterator[tuple[str, str]]:
    yield from (("itself", iam_arn("role", role)) for role in own)
    yield "the deploy role", config().deploy_role_arn
    yield from (("break-glass", arn) for arn in config().break_glass_arns)
    for user in args.resources:
        if user.resource_type == USER:
            yield "the decoy", iam_arn("user", user)
    yield from (("a reserved role", names().iam_arn(f"role/{name}")) for name in RESERVED)


POLICY = on_stack(
    __name__,
    description=(
        "An unconditional deny of iam:* protects the responder itself, the deploy role, break-glass principals, "
        "decoys, AWS's own roles and the organization's access roles from the responder."
    ),
    rationale=(
        "IAM can't limit the content of policies: the responder could grant itself all rights, or lock out the "
        "incident team."
    ),
    severity=Severity.CRITICAL,
    remediation="Name the principal in the deny statement of the responder's policy.",
    check=_check,
)
