"""Outside IAM, the responder may do what its work needs, and change nothing that the trap is made of."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..functions import each_allowed
from ..guardrail import Report, on_stack
from ..statements import Statement, has_wildcard

NEEDED = frozenset(
    (
        *("cloudtrail:lookupevents", "logs:describemetricfilters", "logs:filterlogevents"),
        *("dynamodb:getitem", "dynamodb:putitem", "dynamodb:query", "dynamodb:updateitem", "s3:putobject"),
        *("kms:decrypt", "kms:generatedatakey"),
        *("cloudwatch:putmetricdata", "sns:publish"),
        *("logs:createlogstream", "logs:putlogevents", "sqs:sendmessage"),
    )
)


def _check(args: StackValidationArgs, report: Report) -> None:
    def needed(policy: PolicyResource, statement: Statement) -> None:
        for action in statement.actions:
            if has_wildcard(action) or action.startswith(("iam:", "sts:")):
                continue  # responder-no-wildcard-actions, responder-containment-only
            if action not in NEEDED:
                report(f"Statement '{statement.sid}' allows {action}, which no response needs; remove it.", policy.urn)

    each_allowed(args, needed)


POLICY = on_stack(
    __name__,
    description=(
        "Outside IAM, the responder may do what its work needs and no more: it can't change its function, rules, "
        "trail, topics, alarms or stores, nor read a secret."
    ),
    rationale="An intruder who controls the responder must not be able to disable detection or delete evidence.",
    severity=Severity.CRITICAL,
    remediation="Remove the action. If a response needs it, add it to this guardrail, and have both reviewed.",
    check=_check,
)
