"""Bucket policies admit only principals of the account."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..access import outsiders
from ..guardrail import Report, on_resource
from ..statements import statements
from ..types import BUCKET_POLICY


def _check(args: ResourceValidationArgs, report: Report) -> None:
    try:
        found = statements(args.props.get("policy"))
    except ValueError:
        report("The bucket policy is not a policy document in JSON; write one.")
        return
    for statement in found:
        for who in outsiders(statement, stack_config.account_id()):
            report(
                f"The bucket policy's statement '{statement.sid}' lets in {who}; bind it to this account with a "
                "condition on aws:SourceArn or aws:SourceAccount, or remove it."
            )


POLICY = on_resource(
    __name__,
    applies_to=[BUCKET_POLICY],
    description="Bucket policies admit only principals of the account, and services that act for it.",
    rationale=(
        "Otherwise other accounts can read evidence, or have an AWS service forge log files (confused deputy; "
        "Security Hub S3.6)."
    ),
    severity=Severity.CRITICAL,
    remediation="Name principals of the account, and give services a condition on aws:SourceArn or aws:SourceAccount.",
    check=_check,
)
