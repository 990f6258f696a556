from guardrails.types import EVENT_RULE
from tests.policies.detections import ACCOUNT, HOME, READ, at_home
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _bus(bus: str) -> Way:
    return Way(bus, lambda g: g.having(EVENT_RULE, at_home(READ), "eventBusName", bus), "is on the event bus")


BUSES = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus"

WAYS = Ways(
    violations=(_bus("security"), _bus(f"{BUSES}/security"), _bus("aws.partner/example.com/1")),
    compliant=(_bus("default"), _bus(f"{BUSES}/default")),
    unknown=(Way("bus", lambda g: g.having(EVENT_RULE, at_home(READ), "eventBusName", UNKNOWN)),),
)
