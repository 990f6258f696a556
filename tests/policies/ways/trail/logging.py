from guardrails.types import TRAIL
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("off", lambda graph: graph.having(TRAIL, None, "enableLogging", False), "switched off"),
        Way("off, as a text", lambda graph: graph.having(TRAIL, None, "enableLogging", "false"), "switched off"),
    ),
    compliant=(Way("left out, so on", lambda graph: graph.lacking(TRAIL, None, "enableLogging")),),
    unknown=(Way("not known", lambda graph: graph.having(TRAIL, None, "enableLogging", UNKNOWN)),),
)
