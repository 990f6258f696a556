"""Providers work in the stack's account only."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..guardrail import Report, on_resource
from ..provider_inputs import listed
from ..types import PROVIDER


def _check(args: ResourceValidationArgs, report: Report) -> None:
    allowed = listed(args.props, "allowedAccountIds")
    account = stack_config.account_id()
    if allowed != [account]:
        report(
            f"The provider takes credentials of {', '.join(allowed) or 'any account'}; set "
            f"allowed_account_ids=['{account}'], the stack's own."
        )


POLICY = on_resource(
    __name__,
    applies_to=[PROVIDER],
    description="Every AWS provider allows the stack's account, and only that.",
    rationale="With the wrong profile an update would plant decoys and a responder in another account.",
    severity=Severity.HIGH,
    remediation="Set allowed_account_ids on the provider to the account id of the stack's config.",
    check=_check,
)
