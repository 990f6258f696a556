"""The ledger can be restored to any second of the last weeks."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import TABLE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if (args.props.get("pointInTimeRecovery") or {}).get("enabled") is not True:
        report("The table has no point-in-time recovery; set point_in_time_recovery={'enabled': True}.")


POLICY = on_resource(
    __name__,
    applies_to=[TABLE],
    description="Tables have point-in-time recovery.",
    rationale="The ledger records every containment and how to undo it (Security Hub DynamoDB.2).",
    severity=Severity.HIGH,
    remediation="Set point_in_time_recovery={'enabled': True} on the table.",
    check=_check,
)
