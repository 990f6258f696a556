"""A decoy user has access keys, active ones, and no other credentials."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import ACCESS_KEY, LOGIN_PROFILE, SERVICE_CREDENTIAL, SIGNING_CERTIFICATE, SSH_KEY

OTHERS = {
    LOGIN_PROFILE: "a console password",
    SERVICE_CREDENTIAL: "a service's credential",
    SIGNING_CERTIFICATE: "a signing certificate",
    SSH_KEY: "an SSH key",
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if kind := OTHERS.get(args.resource_type):
        report(f"A user gets {kind}; remove it.")
    elif args.props.get("status") == "Inactive":
        report("The access key is inactive; let it be active.")


POLICY = on_resource(
    __name__,
    applies_to=[ACCESS_KEY, *OTHERS],
    description="Decoy users have active access keys, and no password, certificate or other credential.",
    rationale="An intruder ignores an inactive key, and a password is one more secret to protect.",
    severity=Severity.HIGH,
    remediation="Remove the credential; leave the access key active.",
    check=_check,
)
