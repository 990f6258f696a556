"""No plain property contains credentials."""

import re

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..leaves import leaves
from ..types import SECRET_VERSION

LOOKS_LIKE = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[A-Z2-7]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/"),
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.resource_type == SECRET_VERSION:
        args.not_applicable("a secret's value is where credentials belong")
    for path, text in leaves(args.props):
        for what, shape in LOOKS_LIKE.items():
            if shape.search(text):
                report(f"{path.removeprefix('.')} looks like {what}; keep it in a secret, and take it out here.")


POLICY = on_resource(
    __name__,
    applies_to=[],
    description="No property of a resource looks like a credential, except for the values of secrets.",
    rationale="Every preview shows the properties, and so does every call that describes the resource.",
    severity=Severity.HIGH,
    remediation="Move the credential into a secret, and issue a new one, because this one has been exposed.",
    check=_check,
)
