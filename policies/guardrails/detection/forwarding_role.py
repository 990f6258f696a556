"""The role that forwards events has the permission to."""

from collections.abc import Iterable

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import arns, stack_config
from ..events import of_type
from ..guardrail import Report, each, on_stack
from ..statements import Statement, matches, readable_statements
from ..types import EVENT_TARGET, ROLE, ROLE_POLICY

PUT = "events:PutEvents"


def _check(args: StackValidationArgs, report: Report) -> None:
    roles = {_arn(role): role for role in of_type(args.resources, ROLE)}
    used: dict[str, str] = {}

    def forwards(target: PolicyResource) -> None:
        """To the home bus by a role of ours; anything else is what detection-target-ours reports."""
        role, to = str(target.props.get("roleArn")), str(target.props.get("arn"))
        parsed = arns.parse(role)
        if to == stack_config.names().home_bus_arn and parsed and parsed.account == stack_config.account_id():
            used[role] = to

    def may(arn: str, bus: str) -> None:
        if arn not in roles:
            report(f"The role {arn} forwards events and is not made by this stack; use the EventForwarder's role.")
            return
        role = roles[arn]
        trust = readable_statements(role.props.get("assumeRolePolicy"))
        if not any(each.allows and "Service:events.amazonaws.com" in each.principals for each in trust):
            report(f"The role {arn} does not let events.amazonaws.com assume it; correct its trust policy.", role.urn)
        policies = [
            statement
            for policy in of_type(args.resources, ROLE_POLICY)
            if role in policy.property_dependencies.get("role", [])
            for statement in readable_statements(policy.props.get("policy"))
        ]
        if not _allowed(policies, bus):
            report(f"The role {arn} may not put events on {bus}; allow it {PUT} there.", role.urn)

    each(of_type(args.resources, EVENT_TARGET), forwards)
    for arn, bus in used.items():
        may(arn, bus)


def _arn(role: PolicyResource) -> str:
    path, name = role.props.get("path") or "/", role.props.get("name")
    return stack_config.names().iam_arn(f"role{path}{name}")


def _allowed(policies: Iterable[Statement], bus: str) -> bool:
    def covers(statement: Statement) -> bool:
        actions = any(matches(action, PUT.lower()) for action in statement.actions)
        return actions and any(matches(resource, bus) for resource in statement.resources)

    about = [statement for statement in policies if covers(statement)]
    return any(each.allows and not each.condition for each in about) and all(each.allows for each in about)


POLICY = on_stack(
    __name__,
    description="EventBridge can assume the role that forwards events, and the role may put events on the home bus.",
    rationale="Otherwise every touch in another region ends in a dead-letter queue.",
    severity=Severity.CRITICAL,
    remediation="Use the EventForwarder's role for targets in other regions.",
    check=_check,
)
