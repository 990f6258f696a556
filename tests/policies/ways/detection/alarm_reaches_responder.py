from collections.abc import Callable
from typing import Any

from guardrails.types import EVENT_RULE, EVENT_TARGET, METRIC_ALARM
from tests.policies.detections import ACCOUNT, ALARM_CHANGE, HOME, READ, with_pattern
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

TOLD = "leads the state change of the alarm"


def _rule(title: str, change: Callable[[dict[str, Any]], Any]) -> Way:
    return Way(title, lambda g: with_pattern(g, ALARM_CHANGE, change), TOLD)


def _metric(pattern: dict[str, Any]) -> dict[str, Any]:
    return pattern["detail"]["configuration"]["metrics"]["metricStat"]["metric"]


WAYS = Ways(
    violations=(
        Way("no rule", lambda g: g.without(EVENT_RULE, ALARM_CHANGE), TOLD),
        Way("no target", lambda g: g.without(EVENT_TARGET, ALARM_CHANGE), TOLD),
        Way(
            "another target",
            lambda g: g.having(EVENT_TARGET, ALARM_CHANGE, "arn", f"arn:aws:sqs:{HOME}:{ACCOUNT}:later"),
            TOLD,
        ),
        _rule("when it is over", lambda p: p["detail"]["state"].update(value=["OK"])),
        _rule("of other metrics", lambda p: _metric(p).update(namespace=["AWS/EC2"])),
        _rule("of one metric", lambda p: _metric(p).update(name=[READ])),
        _rule("of another type", lambda p: p.update({"detail-type": ["CloudWatch Alarm Configuration Change"]})),
        _rule("after silence", lambda p: p["detail"].update(previousState={"value": ["INSUFFICIENT_DATA"]})),
    ),
    compliant=(
        _rule("of all metrics", lambda p: p["detail"].pop("configuration")),
        _rule("by name", lambda p: p["detail"].update(alarmName=[{"prefix": "account-audit-"}])),
        _rule("by ARN", lambda p: p.update(resources=[{"prefix": f"arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm:"}])),
    ),
    unknown=(Way("namespace", lambda g: g.having(METRIC_ALARM, READ, "namespace", UNKNOWN)),),
)
