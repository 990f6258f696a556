"""Providers hold no credentials."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import PROVIDER

CREDENTIALS = {"accessKey": "access_key", "secretKey": "secret_key", "token": "token"}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    for key, argument in CREDENTIALS.items():
        if args.props.get(key):
            report(f"The provider is given {argument}; remove it, and let Pulumi run under the deploy role.")


POLICY = on_resource(
    __name__,
    applies_to=[PROVIDER],
    description="No AWS provider has credentials in its arguments.",
    rationale="Credentials would remain in the stack's config and state long after they were set.",
    severity=Severity.HIGH,
    remediation="Remove the credentials from the provider; sign in as the deploy role, in CI through OIDC.",
    check=_check,
)
