"""Key policies admit only principals of the account."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..access import outsiders
from ..guardrail import Report, on_resource
from ..statements import statements
from ..types import KEY


def _check(args: ResourceValidationArgs, report: Report) -> None:
    try:
        found = statements(args.props.get("policy"))
    except ValueError:
        report("The key policy is not a policy document in JSON; write one.")
        return
    for statement in found:
        for who in outsiders(statement, stack_config.account_id()):
            report(
                f"The key policy's statement '{statement.sid}' lets in {who}; bind it to this account with a condition "
                "on aws:SourceArn or aws:SourceAccount, or remove it."
            )


POLICY = on_resource(
    __name__,
    applies_to=[KEY],
    description="Key policies admit only principals of the account, and services that act for it.",
    rationale=(
        "A principal that may use the key can read evidence, and one that may delete it can destroy evidence "
        "(Security Hub KMS.5)."
    ),
    severity=Severity.CRITICAL,
    remediation="Name principals of the account, and give services a condition on aws:SourceArn or aws:SourceAccount.",
    check=_check,
)
