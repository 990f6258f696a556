"""In IAM, the responder may only read and restrict."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import each_allowed
from ..guardrail import Report, on_stack
from ..statements import Statement, has_wildcard

READS = ("iam:get", "iam:list")
CONTAINS = ("iam:putuserpolicy", "iam:putrolepolicy", "iam:updateaccesskey", "iam:deleteloginprofile")
ATTACHES = ("iam:attachuserpolicy", "iam:attachrolepolicy")
# The one AWS managed policy that denies everything; AWSCompromisedKeyQuarantine* denies a selection.
DENIES_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"


def _check(args: StackValidationArgs, report: Report) -> None:
    def only_contains(policy: PolicyResource, statement: Statement) -> None:
        for action in statement.actions:
            if has_wildcard(action) or not action.startswith(("iam:", "sts:")):
                continue  # wildcards: responder-no-wildcard-actions
            if action in ATTACHES and not _denies_all(statement):
                report(
                    f"Statement '{statement.sid}' allows {action} of any policy; limit iam:PolicyARN to {DENIES_ALL}.",
                    policy.urn,
                )
            elif action not in (*CONTAINS, *ATTACHES) and not action.startswith(READS):
                report(f"Statement '{statement.sid}' allows {action}, which contains nobody; remove it.", policy.urn)

    each_allowed(args, only_contains)


def _denies_all(statement: Statement) -> bool:
    tests = [statement.condition.get(operator, {}) for operator in ("ArnEquals", "StringEquals")]
    return any(test.get("iam:PolicyARN") in (DENIES_ALL, [DENIES_ALL]) for test in tests)


POLICY = on_stack(
    __name__,
    description=(
        "Of IAM and STS, the responder may read, write inline policies, deactivate keys, delete passwords: no more."
    ),
    rationale="Creating, attaching, passing or assuming anything, or changing who trusts whom, would make it a way up.",
    severity=Severity.CRITICAL,
    remediation="Remove the action. If containment needs it, add it to this guardrail, and have both reviewed.",
    check=_check,
)
