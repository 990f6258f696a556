"""The message that CloudWatch publishes about an alarm: JSON for programs, text for e-mail subscribers. Pure.

The texts follow AWS's mails and messages; their wording is not verified line by line.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader

_ACTIONS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


def actions(alarm: Mapping[str, Any], state: str) -> list[str]:
    """Return the ARNs to notify when the alarm changes to `state`."""
    return list(alarm.get(_ACTIONS[state]) or []) if alarm.get("ActionsEnabled", True) else []


def subject(alarm: Mapping[str, Any], state: str, region: str) -> str:
    return f'{state}: "{alarm["AlarmName"]}" in {_region_name(region)}'[:100]


def message(
    alarm: Mapping[str, Any], account: str, region: str, old: str, new: str, reason: str, now: datetime
) -> dict[str, str]:
    """Return the message per protocol in the format of SNS's MessageStructure `json`: `default` and `email`."""
    content = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "NewStateValue": new,
        "NewStateReason": reason,
        "StateChangeTime": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}+0000",
        "Region": _region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old,
        **{field: actions(alarm, state) for state, field in _ACTIONS.items()},
        "Trigger": {
            "MetricName": alarm.get("MetricName"),
            "Namespace": alarm.get("Namespace"),
            "StatisticType": "Statistic",
            "Statistic": str(alarm.get("Statistic", "")).upper(),
            "Unit": alarm.get("Unit"),
            "Dimensions": [
                {"name": dimension["Name"], "value": dimension["Value"]} for dimension in alarm.get("Dimensions") or []
            ],
            "Period": alarm.get("Period"),
            "EvaluationPeriods": alarm.get("EvaluationPeriods"),
            "ComparisonOperator": alarm.get("ComparisonOperator"),
            "Threshold": alarm.get("Threshold"),
            "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        },
    }
    return {"default": json.dumps(content), "email": _mail(alarm, account, region, old, new, reason, now)}


def _mail(alarm: Mapping[str, Any], account: str, region: str, old: str, new: str, reason: str, now: datetime) -> str:
    at = f"{now:%A %d %B, %Y %H:%M:%S} UTC"
    name, periods = alarm["AlarmName"], alarm.get("EvaluationPeriods")
    needed = alarm.get("DatapointsToAlarm") or periods
    details = {
        "Name": name,
        "Description": alarm.get("AlarmDescription") or "",
        "State Change": f"{old} -> {new}",
        "Reason for State Change": reason,
        "Timestamp": at,
        "AWS Account": account,
        "Alarm Arn": alarm["AlarmArn"],
    }
    dimensions = (f"[{item['Name']} = {item['Value']}]" for item in alarm.get("Dimensions") or [])
    metric = {
        "MetricNamespace": alarm.get("Namespace"),
        "MetricName": alarm.get("MetricName"),
        "Dimensions": " ".join(dimensions),
        "Period": f"{alarm.get('Period')} seconds",
        "Statistic": alarm.get("Statistic"),
        "Unit": alarm.get("Unit") or "not specified",
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
    }
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/deeplink.js?region={region}#alarmsV2:alarm/{name}"
    notified = "\n".join(f"- {state}: {_bracketed(actions(alarm, state))}".rstrip() for state in _ACTIONS)
    return (
        f'You are receiving this email because your Amazon CloudWatch Alarm "{name}" in the {_region_name(region)} '
        f'region has entered the {new} state, because "{reason}" at "{at}".\n\n'
        f"View this alarm in the AWS Management Console:\n{console}\n\n"
        f"Alarm Details:\n{_table(details, 27)}\n\n"
        f"Threshold:\n- The alarm is in the ALARM state when the metric is {alarm.get('ComparisonOperator')} "
        f"{alarm.get('Threshold')} for at least {needed} of the last {periods} period(s) of {alarm.get('Period')} "
        f"seconds.\n\n"
        f"Monitored Metric:\n{_table(metric, 36)}\n\n"
        f"State Change Actions:\n{notified}\n"
    )


def _table(rows: Mapping[str, Any], width: int) -> str:
    return "\n".join(f"- {name + ':':<{width}} {value}".rstrip() for name, value in rows.items())


def _bracketed(arns: list[str]) -> str:
    return " ".join(f"[{arn}]" for arn in arns)


def _region_name(region: str) -> str:
    return _region_names().get(region, region)


@cache
def _region_names() -> dict[str, str]:
    partitions = Loader().load_data("endpoints")["partitions"]
    return {code: region["description"] for partition in partitions for code, region in partition["regions"].items()}
