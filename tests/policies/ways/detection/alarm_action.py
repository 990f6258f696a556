from guardrails.types import METRIC_ALARM, METRIC_FILTER
from tests.policies.detections import ACCOUNT, AWAY, HOME, READ, STRANGER
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

ALARM = (METRIC_ALARM, READ)
SUPERSETS = "account-audit/supersets"
TOPIC = f"arn:aws:sns:{HOME}:{ACCOUNT}:account-audit-alarms"


def _tells(title: str, actions: list[str], told: str) -> Way:
    return Way(title, lambda g: g.having(*ALARM, "alarmActions", actions), told)


WAYS = Ways(
    violations=(
        _tells("nobody", [], "has no action"),
        Way("left out", lambda g: g.lacking(*ALARM, "alarmActions"), "has no action"),
        Way("disabled", lambda g: g.having(*ALARM, "actionsEnabled", False), "has its actions disabled"),
        _tells("another region", [f"arn:aws:sns:{AWAY}:{ACCOUNT}:account-audit-alerts"], f"name a topic of {HOME}"),
        _tells("a stranger", [f"arn:aws:sns:{HOME}:{STRANGER}:account-audit-alarms"], f"in account {ACCOUNT}"),
        _tells("a stranger too", [TOPIC, f"arn:aws:sns:{HOME}:{STRANGER}:account-audit-alarms"], STRANGER),
        _tells("no topic", [f"arn:aws:ssm:{HOME}:{ACCOUNT}:opsitem:1"], "opsitem"),
        _tells("no ARN", ["account-audit-alarms"], "notifies account-audit-alarms; name a topic"),
    ),
    compliant=(
        _tells("another topic too", [TOPIC, f"arn:aws:sns:{HOME}:{ACCOUNT}:account-audit-alerts"], ""),
        Way("enabled", lambda g: g.having(*ALARM, "actionsEnabled", True)),
        Way(
            "a filter that matches more than its rule",
            lambda g: (
                g.lacking(*ALARM, "alarmActions")
                .having(*ALARM, "namespace", SUPERSETS)
                .having(METRIC_FILTER, READ, "metricTransformation.namespace", SUPERSETS)
            ),
        ),
    ),
    unknown=(_tells("topic", [UNKNOWN], ""),),
)
