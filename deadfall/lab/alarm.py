"""Evaluation of CloudWatch alarms as on AWS: state, reason, and the state change event. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and cloudwatch-and-eventbridge.html
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (lambda value, limit: value >= limit, "greater than or equal to"),
    "GreaterThanThreshold": (lambda value, limit: value > limit, "greater than"),
    "LessThanThreshold": (lambda value, limit: value < limit, "less than"),
    "LessThanOrEqualToThreshold": (lambda value, limit: value <= limit, "less than or equal to"),
}


@dataclass(frozen=True)
class Datapoint:
    """The statistic of one period. `start` is the period's beginning, epoch seconds."""

    start: int
    value: float
    samples: int


@dataclass(frozen=True)
class Verdict:
    state: State
    reason: str
    reason_data: dict[str, Any]


def evaluate(alarm: Mapping[str, Any], datapoints: Sequence[Datapoint], now: datetime) -> Verdict | None:
    """Return the new state of an alarm, or None if missing data is ignored and the state stays.

    `datapoints` are those of the last EvaluationPeriods periods, newest first; a period without data has none.
    """
    periods = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm") or periods
    breaches, comparison = COMPARISONS[alarm["ComparisonOperator"]]
    breaching = [point for point in datapoints if breaches(point.value, alarm["Threshold"])]
    missing = periods - len(datapoints)
    treatment = alarm.get("TreatMissingData") or "missing"
    if not datapoints:
        if treatment == "ignore":
            return None
        state: State = {"breaching": "ALARM", "notBreaching": "OK"}.get(treatment, "INSUFFICIENT_DATA")  # type: ignore[assignment]
    else:
        counted = len(breaching) + (missing if treatment == "breaching" else 0)
        state = "ALARM" if counted >= needed else "OK"
    return Verdict(state, _reason(alarm, datapoints, missing, state, comparison), _reason_data(alarm, datapoints, now))


def state_change_event(
    alarm: Mapping[str, Any],
    account: str,
    region: str,
    state: Mapping[str, Any],
    previous: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Build the "CloudWatch Alarm State Change" event.

    `state` and `previous` are `{value, reason, reasonData, timestamp}`.
    """
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions") or []}
    metric: dict[str, Any] = {
        "namespace": alarm.get("Namespace"),
        "name": alarm.get("MetricName"),
        "dimensions": dimensions,
    }
    configuration: dict[str, Any] = {
        "metrics": [
            {
                "id": str(uuid.UUID(hashlib.md5(alarm["AlarmName"].encode(), usedforsecurity=False).hexdigest())),
                "metricStat": {"metric": metric, "period": alarm.get("Period"), "stat": alarm.get("Statistic")},
                "returnData": True,
            }
        ]
    }
    if alarm.get("AlarmDescription"):
        configuration["description"] = alarm["AlarmDescription"]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [alarm["AlarmArn"]],
        "detail": {
            "alarmName": alarm["AlarmName"],
            "configuration": configuration,
            "previousState": dict(previous),
            "state": dict(state),
        },
    }


def timestamp(at: datetime) -> str:
    """Format a time as in alarm events and reason data."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _reason(
    alarm: Mapping[str, Any], datapoints: Sequence[Datapoint], missing: int, state: State, comparison: str
) -> str:
    periods, needed = alarm["EvaluationPeriods"], alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    if not datapoints:
        if state == "INSUFFICIENT_DATA":
            return "Insufficient Data: " + _plural(missing, "datapoint") + " were unknown."
        treated = {"OK": "NonBreaching", "ALARM": "Breaching"}[state]
        return (
            f"Threshold Crossed: no datapoints were received for {_plural(periods, 'period')} and "
            f"{_plural(missing, 'missing datapoint')} were treated as [{treated}]."
        )
    shown = ", ".join(
        f"{point.value} ({datetime.fromtimestamp(point.start, UTC):%d/%m/%y %H:%M:%S})" for point in datapoints
    )
    verb, transition = ("was", "OK -> ALARM") if state == "ALARM" else ("was not", "ALARM -> OK")
    return (
        f"Threshold Crossed: {len(datapoints)} out of the last {periods} datapoints [{shown}] {verb} {comparison} the "
        f"threshold ({float(alarm['Threshold'])}) (minimum {_plural(needed, 'datapoint')} for {transition} transition)."
    )


def _reason_data(alarm: Mapping[str, Any], datapoints: Sequence[Datapoint], now: datetime) -> dict[str, Any]:
    data: dict[str, Any] = {"version": "1.0", "queryDate": timestamp(now)}
    if datapoints:
        data["startDate"] = timestamp(datetime.fromtimestamp(datapoints[-1].start, UTC))
    data |= {
        "statistic": alarm.get("Statistic"),
        "period": alarm["Period"],
        "recentDatapoints": [point.value for point in reversed(datapoints)],
        "threshold": float(alarm["Threshold"]),
        "evaluatedDatapoints": [
            {
                "timestamp": timestamp(datetime.fromtimestamp(point.start, UTC)),
                "sampleCount": float(point.samples),
                "value": point.value,
            }
            for point in datapoints
        ],
    }
    return data


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def reason_data_text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"))
