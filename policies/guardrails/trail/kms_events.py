"""A trail records KMS events where a decoy needs them."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..event_selectors import management_events
from ..guardrail import Report, each, on_stack
from ..types import SECRET, TRAIL

KMS = "kms.amazonaws.com"


def _check(args: StackValidationArgs, report: Report) -> None:
    secrets = [resource.name for resource in args.resources if resource.resource_type == SECRET]
    trails = [resource for resource in args.resources if resource.resource_type == TRAIL]
    if not secrets or not trails:
        args.not_applicable("no secret, or no trail of this stack")

    def check(trail: PolicyResource) -> None:
        reads = [selector for selector in management_events(trail.props) if selector.reads]
        if reads and all(KMS in selector.without for selector in reads):
            report(
                f"The trail excludes {KMS}, the second net of {len(secrets)} secret(s); take it out of "
                "exclude_management_event_sources (deadfall:trail.excludeKms).",
                trail.urn,
            )

    each(trails, check)


POLICY = on_stack(
    __name__,
    description="While a secret is planted, the trail records KMS events.",
    rationale=(
        "The KMS Decrypt behind each read is a second way to detect it, and always contains the secret's full ARN."
    ),
    severity=Severity.CRITICAL,
    remediation="Don't exclude kms.amazonaws.com from the trail's management events.",
    check=_check,
)
