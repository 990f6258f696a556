"""Only rules of this stack may invoke the responder."""

import re

from pulumi_policy import ResourceValidationArgs, Severity

from ..arns import parse
from ..guardrail import Report, on_resource
from ..stack_config import account_id
from ..types import FUNCTION_URL, LAMBDA_PERMISSION


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.resource_type == FUNCTION_URL:
        report("The function has a URL; remove it.")
        return
    principal, source = args.props.get("principal"), args.props.get("sourceArn")
    if principal != "events.amazonaws.com":
        report(f"The permission admits {principal}; admit events.amazonaws.com alone.")
    elif not _names_rules(source):
        report(f"The permission admits rules by {source or 'nothing'}; set source_arn to those of this stack by name.")


def _names_rules(source: object) -> bool:
    arn = parse(source)
    if arn is None or arn.service != "events" or arn.account != account_id() or "*" in arn.region:
        return False
    return re.match(r"rule/[^*?]", arn.resource) is not None


POLICY = on_resource(
    __name__,
    applies_to=[LAMBDA_PERMISSION, FUNCTION_URL],
    description="Only EventBridge rules of this stack invoke the responder, and it has no URL.",
    rationale="Any other principal that invokes it can forge a sighting and have a victim contained.",
    severity=Severity.CRITICAL,
    remediation=(
        "Let the permission admit events.amazonaws.com with the ARN of this stack's rules, and remove function URLs."
    ),
    check=_check,
)
