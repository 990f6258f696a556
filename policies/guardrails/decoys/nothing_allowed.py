"""A decoy user is granted nothing."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..statements import statements
from ..types import GROUP_MEMBERSHIP, POLICY_ATTACHMENT, USER_GROUP_MEMBERSHIP, USER_POLICY, USER_POLICY_ATTACHMENT


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.resource_type == USER_POLICY:
        try:
            found = statements(args.props.get("policy"))
        except ValueError:
            return  # denies nothing: decoys-denied
        for statement in found:
            if statement.allows:
                what = ", ".join(statement.actions) or "all but some actions"
                report(f"The user is allowed {what}; remove that statement.")
    elif args.resource_type in (GROUP_MEMBERSHIP, USER_GROUP_MEMBERSHIP):
        report("A user is put into a group, and gets its rights; remove it.")
    elif args.resource_type == USER_POLICY_ATTACHMENT or args.props.get("users"):
        report("A managed policy is attached to a user; detach it.")


POLICY = on_resource(
    __name__,
    applies_to=[USER_POLICY, USER_POLICY_ATTACHMENT, POLICY_ATTACHMENT, GROUP_MEMBERSHIP, USER_GROUP_MEMBERSHIP],
    description="Decoy users have no allowing policy, no attached policy and no group.",
    rationale="A grant takes effect as soon as the deny is edited, and gives an intruder permissions to read about.",
    severity=Severity.HIGH,
    remediation="Leave the user only its deny policy.",
    check=_check,
)
