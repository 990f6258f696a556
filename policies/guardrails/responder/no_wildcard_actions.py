"""The responder is allowed actions by their names."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import each_allowed
from ..guardrail import Report, on_stack
from ..statements import Statement, has_wildcard


def _check(args: StackValidationArgs, report: Report) -> None:
    def names_actions(policy: PolicyResource, statement: Statement) -> None:
        if statement.not_actions:
            report(f"Statement '{statement.sid}' allows all actions but some; name those needed.", policy.urn)
        for action in statement.actions:
            if has_wildcard(action):
                report(f"Statement '{statement.sid}' allows {action}; name the actions needed.", policy.urn)

    each_allowed(args, names_actions)


POLICY = on_stack(
    __name__,
    description="The responder's policies list every action by name: no wildcards, no NotAction.",
    rationale="A wildcard covers every action that AWS adds later, without a review.",
    severity=Severity.CRITICAL,
    remediation="List the actions that the responder's code calls.",
    check=_check,
)
