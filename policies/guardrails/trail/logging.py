"""A trail is switched on."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import TRAIL


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("enableLogging") not in (None, True):
        report("The trail is made but switched off; set enable_logging=True.")


POLICY = on_resource(
    __name__,
    applies_to=[TRAIL],
    description="Trails are enabled.",
    rationale="A disabled trail records nothing, and EventBridge receives calls only while a trail is enabled.",
    severity=Severity.CRITICAL,
    remediation="Set enable_logging=True on the trail, or leave it out.",
    check=_check,
)
