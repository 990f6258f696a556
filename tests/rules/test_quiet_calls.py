"""Calls that must not send mail: they improve security, or were refused for another reason than permission.

`quiet_calls.json` has the calls, written from AWS's documentation, each with its source and reason. The controls are
the same calls denied: those of rules with `deniedAlerts` must be reported.
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deadfall.patterns.delivered_event import event_of
from deadfall.rules.backend_evaluation import evaluate_event_patterns, evaluate_metric_filters
from deadfall.rules.detection import StackDetection
from deadfall.rules.placeholders import account_placeholders
from deadfall.stack_files import config_of

from .stack import detections_of

CALLS = json.loads((Path(__file__).parent / "quiet_calls.json").read_text())
LEAST = 60

Record = dict[str, Any]


def record(call: dict[str, Any], **changes: Any) -> Record:
    made = {
        **CALLS["base"],
        "eventSource": f"{call['service']}.amazonaws.com",
        "eventName": call["eventName"],
        "requestParameters": filled(call["requestParameters"]),
    }
    if "errorCode" in call:
        made |= {"errorCode": call["errorCode"], "errorMessage": "refused"}
    return made | changes


def filled(value: Any) -> Any:
    """Return the value with the names of the stack's own resources in place of placeholders."""
    text = json.dumps(value)
    for name, values in account_placeholders(config_of("dev")).items():
        if f'"%{name}%"' in text:
            text = text.replace(f"%{name}%", values[0])
    return json.loads(text)


@cache
def mailing() -> list[StackDetection]:
    """Return the rules that notify; a threshold is not reached by one call."""
    return [
        each
        for each in detections_of("dev")
        if each.response in ("alert", "contain") and each.rule.service == "cloudtrail" and each.rule.count is None
    ]


@cache
def reports() -> dict[str, set[str]]:
    """Return the rules that match each record, by meaning, event pattern or metric filter; by the record's JSON."""
    records = [*map(record, CALLS["calls"]), *map(denied, DENIED)]
    events = [event_of(made) for made in records]
    found: dict[str, set[str]] = {json.dumps(made): set() for made in records}
    for each in mailing():
        by_meaning = [each.rule.condition.matches(made) for made in records]
        by_pattern = evaluate_event_patterns(each.compiled, events) or by_meaning
        by_filter = evaluate_metric_filters(each.compiled, records) or by_meaning
        for made, *answers in zip(records, by_meaning, by_pattern, by_filter, strict=True):
            if any(answers):
                found[json.dumps(made)].add(each.rule.name)
    return found


def reported_by(made: Record) -> set[str]:
    return reports()[json.dumps(made)]


def denied(call: dict[str, Any]) -> Record:
    """Return the same call, denied: its record lacks the parameters."""
    code = "Client.UnauthorizedOperation" if call["service"] == "ec2" else "AccessDenied"
    return record(call, requestParameters=None, errorCode=code)


DENIED = [call for call in CALLS["calls"] if "deniedAlerts" in call]


def ids(calls: list[dict[str, Any]]) -> list[str]:
    return [f"{call['service']} {call['eventName']}: {call['case']}" for call in calls]


@pytest.mark.parametrize("call", CALLS["calls"], ids=ids(CALLS["calls"]))
def test_nothing_is_reported(call: dict[str, Any]) -> None:
    assert reported_by(record(call)) == set()


@pytest.mark.parametrize("call", DENIED, ids=ids(DENIED))
def test_the_same_call_denied_is_reported(call: dict[str, Any]) -> None:
    assert call["deniedAlerts"] in reported_by(denied(call))


def test_there_are_enough_and_each_has_a_source() -> None:
    assert len(CALLS["calls"]) >= LEAST
    assert Counter(ids(CALLS["calls"])).most_common(1)[0][1] == 1
    assert all(call["source"].startswith("https://docs.aws.amazon.com/") and call["why"] for call in CALLS["calls"])
    refused = [call for call in CALLS["calls"] if "errorCode" in call]
    assert all(call["errorCode"] and ("refused" in call["why"]) for call in refused)
