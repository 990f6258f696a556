from guardrails.types import EVENT_RULE
from tests.policies.detections import READ, TAMPERING, at_home, away
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("disabled", lambda g: g.having(EVENT_RULE, at_home(READ), "state", "DISABLED"), "is disabled"),
        Way("in another region", lambda g: g.having(EVENT_RULE, away(TAMPERING), "state", "DISABLED"), "trail-change"),
        Way("the old way", lambda g: g.having(EVENT_RULE, at_home(READ), "isEnabled", False), "is disabled"),
    ),
    compliant=(Way("enabled the old way", lambda g: g.having(EVENT_RULE, at_home(READ), "isEnabled", True)),),
    unknown=(Way("state", lambda g: g.having(EVENT_RULE, at_home(READ), "state", UNKNOWN)),),
)
