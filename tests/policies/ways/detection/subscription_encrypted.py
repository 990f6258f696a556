from guardrails.types import TOPIC_SUBSCRIPTION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

NAME = "alarms-oncall@example.com"


def _protocol(protocol: str) -> Way:
    return Way(protocol, lambda g: g.having(TOPIC_SUBSCRIPTION, NAME, "protocol", protocol), "in plain text")


WAYS = Ways(
    violations=(_protocol("http"),),
    compliant=(_protocol("https"), _protocol("sms")),
    unknown=(_protocol(UNKNOWN),),
)
