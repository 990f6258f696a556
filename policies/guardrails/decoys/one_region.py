"""A decoy secret is in one region."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import SECRET


def _check(args: ResourceValidationArgs, report: Report) -> None:
    for replica in args.props.get("replicas") or []:
        report(f"The secret is replicated to {replica.get('region')}; plant another decoy there instead.")


POLICY = on_resource(
    __name__,
    applies_to=[SECRET],
    description="Decoy secrets are not replicated.",
    rationale="A replica has its own ARN in another region, where no rule matches it.",
    severity=Severity.HIGH,
    remediation="Remove the replicas, and plant a separate decoy in that region.",
    check=_check,
)
