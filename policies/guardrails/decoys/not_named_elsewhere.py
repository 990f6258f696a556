"""Resources that watch a decoy do not reveal which.

Rules, metric filters and policies must contain what they match, and principals who may read those see it. Names,
descriptions, tags and settings are in every listing.
"""

import re

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..guardrail import Report, each, on_stack
from ..leaves import leaves
from ..types import (
    ACCESS_KEY,
    GROUP_MEMBERSHIP,
    POLICY_ATTACHMENT,
    SECRET,
    SERVICE_CREDENTIAL,
    SIGNING_CERTIFICATE,
    SSH_KEY,
    USER,
)

# What belongs to a decoy must name it.
OF_DECOYS = ("aws:secretsmanager/", "aws:iam/user", ACCESS_KEY, GROUP_MEMBERSHIP, POLICY_ATTACHMENT)
OF_DECOYS += (SERVICE_CREDENTIAL, SIGNING_CERTIFICATE, SSH_KEY)
# `tagsAll` adds to a resource's own tags those of all resources, decoys included.
SAYS_WHAT_IT_LOOKS_FOR = ("code", "eventPattern", "inlinePolicies", "pattern", "policy", "tagsAll")


def _check(args: StackValidationArgs, report: Report) -> None:
    decoys: dict[str, str] = {}

    def collect(decoy: PolicyResource) -> None:
        decoys[_words(decoy.props["name"])] = decoy.props["name"]

    def says_nothing(resource: PolicyResource) -> None:
        for path, text in leaves(resource.props):
            key = re.split(r"[.\[]", path)[1]
            for words, name in decoys.items():
                if key not in SAYS_WHAT_IT_LOOKS_FOR and words in _words(text):
                    report(f"{path.removeprefix('.')} names the decoy {name}; leave its name out.", resource.urn)

    others = [r for r in args.resources if r.resource_type.startswith("aws:")]
    try:
        each([r for r in others if r.resource_type in (SECRET, USER)], collect)
    finally:
        each([r for r in others if not r.resource_type.startswith(OF_DECOYS)], says_nothing)


def _words(text: str) -> str:
    """So that prod/billing/postgres is found in audit-Prod_Billing_Postgres, and app not in apple."""
    return f"-{re.sub(r'[^a-z0-9]+', '-', text.lower()).strip('-')}-"


POLICY = on_stack(
    __name__,
    description="Only the decoy itself carries its name in a name, description, tag or setting.",
    rationale="A rule named after a secret reveals to everyone who can list rules which secret is watched.",
    severity=Severity.HIGH,
    remediation="Name the resource by a keyed hash, as the rules are named.",
    check=_check,
)
