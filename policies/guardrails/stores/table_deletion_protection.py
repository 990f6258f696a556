"""In production DynamoDB refuses to delete the ledger."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import stack_config
from ..guardrail import Report, on_resource
from ..types import TABLE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not stack_config.is_production():
        args.not_applicable("not production")
    if args.props.get("deletionProtectionEnabled") is not True:
        report("This production table can be deleted by one call; set deletion_protection_enabled=True.")


POLICY = on_resource(
    __name__,
    applies_to=[TABLE],
    description="In production tables have deletion protection.",
    rationale=(
        "Pulumi's protect stops only Pulumi; deletion protection stops every other caller (Security Hub DynamoDB.6)."
    ),
    severity=Severity.HIGH,
    remediation="Set deletion_protection_enabled=True on the table.",
    check=_check,
)
