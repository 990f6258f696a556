"""The ledger is encrypted with a key whose use is recorded."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import TABLE


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if (args.props.get("serverSideEncryption") or {}).get("enabled") is not True:
        report("The table is encrypted with a key that only DynamoDB sees; set server_side_encryption.enabled=True.")


POLICY = on_resource(
    __name__,
    applies_to=[TABLE],
    description="Tables are encrypted with a KMS key of the account.",
    rationale="Otherwise DynamoDB uses a key of its own, whose use appears in no record of the account.",
    severity=Severity.MEDIUM,
    remediation="Set server_side_encryption={'enabled': True} on the table.",
    check=_check,
)
