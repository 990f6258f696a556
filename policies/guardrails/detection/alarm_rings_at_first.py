"""One touch sets off an alarm."""

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from .. import stack_config, touches
from ..events import of_type
from ..guardrail import Report, each, on_stack
from ..patterns import certainly_matches, filter_pattern
from ..types import METRIC_ALARM, METRIC_FILTER

LONGEST_PERIOD = 300  # seconds


def _check(args: StackValidationArgs, report: Report) -> None:
    records = [record for touch in touches.of_stack(args.resources) for record in touch.records]
    filters = of_type(args.resources, METRIC_FILTER)

    def rings(alarm: PolicyResource) -> None:
        if problem := _problem(alarm):
            feeding = [
                pattern
                for each in filters
                if _feeds(each, alarm) and (pattern := filter_pattern(str(each.props.get("pattern"))))
            ]
            if not feeding or any(certainly_matches(pattern, record) for pattern in feeding for record in records):
                report(f"The alarm {alarm.props.get('name')} {problem}", alarm.urn)

    each(of_type(args.resources, METRIC_ALARM), rings)


def _problem(alarm: PolicyResource) -> str | None:
    """Return what prevents an alarm from firing at the first occurrence, and the remedy."""
    props = alarm.props
    operator, threshold, period = props.get("comparisonOperator"), props.get("threshold"), props.get("period") or 0
    rings = threshold is not None and (
        (operator == "GreaterThanOrEqualToThreshold" and 0 < threshold <= 1)
        or (operator == "GreaterThanThreshold" and 0 <= threshold < 1)
    )
    if not rings:
        return f"does not ring at one occurrence ({operator} {threshold}); make it 1 or more."
    if props.get("statistic") not in ("Sum", "Maximum"):
        return f"takes the statistic {props.get('statistic')}; take Sum or Maximum, in which one hit shows."
    if (props.get("evaluationPeriods") or 0) != 1 or (props.get("datapointsToAlarm") or 1) != 1:
        return "wants more than one period with a hit; set evaluation_periods=1."
    if period > LONGEST_PERIOD:
        return f"looks every {period:.0f} seconds only; make the period {LONGEST_PERIOD} or less."
    return None


def _feeds(metric_filter: PolicyResource, alarm: PolicyResource) -> bool:
    metric = metric_filter.props.get("metricTransformation") or {}
    of_filter = stack_config.region_of(metric_filter), metric.get("namespace"), metric.get("name")
    return of_filter == (stack_config.region_of(alarm), alarm.props.get("namespace"), alarm.props.get("metricName"))


POLICY = on_stack(
    __name__,
    description=(
        f"Every alarm rings at the first occurrence, within {LONGEST_PERIOD} seconds, but for those that count what is "
        "no touch of a decoy, no use of root and no tampering with CloudTrail."
    ),
    rationale="Nothing legitimate touches a decoy and no dead letter is normal, so a second occurrence is too late.",
    severity=Severity.CRITICAL,
    remediation="Use components/alarm.py; leave the threshold to detections with a correlation.",
    check=_check,
)
