"""Nothing legitimate reads a decoy secret."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import SECRET, SECRET_ROTATION


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.resource_type == SECRET_ROTATION:
        report("The secret is rotated; remove the rotation.")


POLICY = on_resource(
    __name__,
    applies_to=[SECRET, SECRET_ROTATION],
    description="Decoy secrets are not rotated.",
    rationale="The function that rotates a secret reads it, and the responder would contain its role.",
    severity=Severity.CRITICAL,
    remediation="Remove the SecretRotation.",
    check=_check,
)
