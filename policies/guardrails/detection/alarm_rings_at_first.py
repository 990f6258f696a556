"""One touch is enough for an alarm."""

from pulumi_policy import ResourceValidationArgs, Severity

from ..guardrail import Report, on_resource
from ..types import METRIC_ALARM

LONGEST_PERIOD = 300  # seconds


def _check(args: ResourceValidationArgs, report: Report) -> None:
    props = args.props
    alarm = f"The alarm {props.get('name')}"
    operator, threshold = props.get("comparisonOperator"), props.get("threshold")
    rings = threshold is not None and (
        (operator == "GreaterThanOrEqualToThreshold" and 0 < threshold <= 1)
        or (operator == "GreaterThanThreshold" and 0 <= threshold < 1)
    )
    if not rings:
        report(f"{alarm} does not ring at one occurrence ({operator} {threshold}); make it 1 or more.")
    if props.get("statistic") not in ("Sum", "Maximum"):
        report(f"{alarm} takes the statistic {props.get('statistic')}; take Sum or Maximum, in which one hit shows.")
    if (props.get("evaluationPeriods") or 0) != 1 or (props.get("datapointsToAlarm") or 1) != 1:
        report(f"{alarm} wants more than one period with a hit; set evaluation_periods=1.")
    if (props.get("period") or 0) > LONGEST_PERIOD:
        report(f"{alarm} looks every {props.get('period'):.0f} seconds only; make the period {LONGEST_PERIOD} or less.")


POLICY = on_resource(
    __name__,
    applies_to=[METRIC_ALARM],
    demand=f"Every alarm rings at the first occurrence, within {LONGEST_PERIOD} seconds.",
    why="Nothing legitimate touches a decoy, and no dead letter is normal: the second time is too late.",
    severity=Severity.CRITICAL,
    mend="Use components/alarm.py.",
    check=_check,
)
