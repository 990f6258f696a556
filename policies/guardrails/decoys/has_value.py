"""A decoy secret has a value."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs
from pulumi_policy.proxy import UnknownValueError

from ..guardrail import Report, each, on_stack
from ..links import refers
from ..types import SECRET, SECRET_VERSION

VALUES = ("secretString", "secretBinary", "secretStringWo")


def _check(args: StackValidationArgs, report: Report) -> None:
    versions = [resource for resource in args.resources if resource.resource_type == SECRET_VERSION]

    def has_value(secret: PolicyResource) -> None:
        own = [version for version in versions if refers(version, "secretId", secret)]
        if not any(_is_set(version, key) for version in own for key in VALUES):
            report(f"Secret {secret.props.get('name')} has no value; give it a SecretVersion.", secret.urn)

    each([resource for resource in args.resources if resource.resource_type == SECRET], has_value)


def _is_set(version: PolicyResource, key: str) -> bool:
    """A value that is not known yet is one."""
    try:
        return bool(version.props.get(key))
    except UnknownValueError:
        return True


POLICY = on_stack(
    __name__,
    description="Every decoy secret has a value.",
    rationale="Reading an empty secret fails, so an intruder recognizes the secret as bait.",
    severity=Severity.MEDIUM,
    remediation="Add a SecretVersion with a value.",
    check=_check,
)
