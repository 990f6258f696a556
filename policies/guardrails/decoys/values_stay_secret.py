"""The values of decoys, and their seed, appear only in the decoys.

Pulumi removes the marks of secrets before a guardrail runs, so a secret stack output looks like a plain one. An output
with such a value is a violation in either case: every principal who may read the stack could read it.
"""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..decoy_values import values
from ..guardrail import Report, each, on_stack
from ..leaves import leaves
from ..links import known
from ..stack_config import value
from ..types import ACCESS_KEY, SECRET_VERSION

OF_KEYS = ("secret", "sesSmtpPasswordV4")


def _check(args: StackValidationArgs, report: Report) -> None:
    seed = str(value("decoySeed", ""))
    secrets: dict[str, str] = {}

    def collect(decoy: PolicyResource) -> None:
        if decoy.resource_type == SECRET_VERSION:
            secrets.update(dict.fromkeys(values(decoy), f"the value of {decoy.name}"))
        else:
            keys = [known(decoy.props, key) for key in OF_KEYS]
            secrets.update({key: f"the secret key of {decoy.name}" for key in keys if key})

    def keeps_quiet(resource: PolicyResource) -> None:
        for path, text in leaves(resource.props):
            for secret, what in secrets.items():
                if secret in text and (secret == seed or not _belongs(resource, secret)):
                    report(f"{path.removeprefix('.')} contains {what}; take it out.", resource.urn)

    try:
        each([r for r in args.resources if r.resource_type in (SECRET_VERSION, ACCESS_KEY)], collect)
    finally:
        if seed:
            secrets[seed] = "the seed of the decoys"
        each(args.resources, keeps_quiet)


def _belongs(resource: PolicyResource, secret: str) -> bool:
    """Decoys of one name in several regions have the same value."""
    if resource.resource_type == SECRET_VERSION:
        return secret in values(resource)
    return resource.resource_type == ACCESS_KEY and secret in [known(resource.props, key) for key in OF_KEYS]


POLICY = on_stack(
    __name__,
    description="Values of decoys and deadfall:decoySeed appear in no other resource and in no stack output.",
    rationale="A value that is read elsewhere is stolen without a touch of the decoy, so no rule matches.",
    severity=Severity.CRITICAL,
    remediation="Remove the value; refer to the decoy by its name.",
    check=_check,
)
