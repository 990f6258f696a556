from guardrails.types import METRIC_ALARM
from tests.policies.detections import AWAY, HOME
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _alarm(title: str, region: str, path: str, value: object) -> Way:
    name = f"rule-dead-letters-{region}"
    return Way(title, lambda g: g.having(METRIC_ALARM, name, path, value), f"No alarm of {region} watches")


WAYS = Ways(
    violations=(
        Way("no alarm", lambda g: g.without(METRIC_ALARM, f"rule-dead-letters-{AWAY}"), f"No alarm of {AWAY} watches"),
        _alarm(
            "another metric", AWAY, "metricName", "NumberOfMessagesSent"
        ),  # dead letters are not sent by SendMessage
        _alarm("another namespace", AWAY, "namespace", "SQS"),
        _alarm("another queue", HOME, "dimensions.QueueName", "account-audit-responder-dead-letters"),
    ),
    unknown=(Way("metric", lambda g: g.having(METRIC_ALARM, f"rule-dead-letters-{AWAY}", "metricName", UNKNOWN)),),
)
