"""The policy of a decoy secret admits only principals of the account."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..arns import parse
from ..guardrail import Report, on_resource
from ..stack_config import account_id
from ..statements import statements
from ..types import SECRET, SECRET_POLICY


def _check(args: ResourceValidationArgs, report: Report) -> None:
    try:
        found = statements(args.props.get("policy"))
    except ValueError:
        report("The secret's resource policy is no policy document; correct or remove it.")
        return
    for statement in found:
        for principal in statement.principals or ("all but some",):
            if statement.allows and not _of_account(principal):
                report(f"The secret's resource policy admits {principal}; admit principals of this account alone.")


def _of_account(principal: str) -> bool:
    kind, _, who = principal.partition(":")
    arn = parse(who)
    return kind == "AWS" and account_id() in (who, arn.account if arn else "")


POLICY = on_resource(
    __name__,
    applies_to=[SECRET, SECRET_POLICY],
    description="The resource policy of a decoy secret, if it has one, admits only principals of this account.",
    rationale="The responder can't contain a principal of another account.",
    severity=Severity.HIGH,
    remediation="Remove the statement, or name principals of this account.",
    check=_check,
)
