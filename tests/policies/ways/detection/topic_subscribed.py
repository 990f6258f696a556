from guardrails.types import FUNCTION, METRIC_ALARM, TOPIC, TOPIC_SUBSCRIPTION
from tests.policies.detections import ACCOUNT, AWAY, HOME, READ
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

NOBODY, NOWHERE = "Nobody is subscribed to all of", "which this stack doesn't make"
ALERTS, ALERTS_AWAY = f"alerts-{HOME}-soc@example.com", f"alerts-{AWAY}-soc@example.com"
ALARMS = "alarms-oncall@example.com"


def _subscription(title: str, name: str, path: str, value: object) -> Way:
    return Way(title, lambda g: g.having(TOPIC_SUBSCRIPTION, name, path, value), NOBODY)


WAYS = Ways(
    violations=(
        *(
            Way(name, lambda g, name=name: g.without(TOPIC_SUBSCRIPTION, name), NOBODY)
            for name in (ALERTS, ALERTS_AWAY, ALARMS)
        ),
        _subscription("told of some only", ALARMS, "filterPolicy", '{"severity": ["high"]}'),
        Way("no topic", lambda g: g.without(TOPIC, f"alerts-{AWAY}"), NOWHERE),
        Way(
            "an alarm's topic that nobody made",
            lambda g: g.having(METRIC_ALARM, READ, "alarmActions", [f"arn:aws:sns:{HOME}:{ACCOUNT}:another"]),
            f"The alarm account-audit-{READ} tells",
        ),
        Way(
            "a function's topic that nobody made",
            lambda g: g.having(
                FUNCTION, None, "environment.variables.ALERT_TOPIC_ARN", f"arn:aws:sns:{HOME}:{ACCOUNT}:another"
            ),
            "The function account-audit-responder tells",
        ),
    ),
    compliant=(_subscription("another address", ALARMS, "endpoint", "duty@example.com"),),
    unknown=(_subscription("filter", ALARMS, "filterPolicy", UNKNOWN),),
)
