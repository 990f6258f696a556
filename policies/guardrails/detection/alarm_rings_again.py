"""An alarm returns to OK without data, so that it can go off again."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import METRIC_ALARM


def _check(args: ResourceValidationArgs, report: Report) -> None:
    missing = args.props.get("treatMissingData") or "missing"
    if missing != "notBreaching":
        report(
            f"The alarm {args.props.get('name')} takes silence as {missing}; its metric has no data while nothing "
            'happens, so set treat_missing_data="notBreaching".'
        )


POLICY = on_resource(
    __name__,
    applies_to=[METRIC_ALARM],
    description="Alarms treat missing data as not breaching.",
    rationale=(
        "These metrics have no data in quiet times: with ignore or breaching, an alarm stays on after a touch and "
        "the next one changes no state; with missing, a quiet metric looks like a broken one."
    ),
    severity=Severity.HIGH,
    remediation='Set treat_missing_data="notBreaching".',
    check=_check,
)
