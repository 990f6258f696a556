"""No resource is made by a default provider."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not args.resource_type.startswith("aws:"):
        args.not_applicable("not of AWS")
    if args.provider is None or args.provider.name.startswith("default"):
        report("The resource uses Pulumi's default provider; give its parent, or itself, the provider of the account.")


POLICY = on_resource(
    __name__,
    applies_to=[],
    description="Every AWS resource names its provider.",
    rationale="The default provider takes its account and region from the shell that runs Pulumi, and sets no tags.",
    severity=Severity.HIGH,
    remediation="Pass opts=ResourceOptions(provider=...) or a parent that has one.",
    check=_check,
)
