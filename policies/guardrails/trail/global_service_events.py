"""A trail records the calls of global services."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import TRAIL


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if args.props.get("includeGlobalServiceEvents") not in (None, True):
        report("The trail leaves out global services such as IAM and STS; set include_global_service_events=True.")


POLICY = on_resource(
    __name__,
    applies_to=[TRAIL],
    description="Trails record the calls of global services.",
    rationale="An intruder first tries a stolen access key on STS and IAM, which are global.",
    severity=Severity.CRITICAL,
    remediation="Set include_global_service_events=True on the trail, or leave it out.",
    check=_check,
)
