from guardrails.types import KEY
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("off", lambda graph: graph.having(KEY, None, "isEnabled", False), "is disabled"),
        Way("off, as a text", lambda graph: graph.having(KEY, None, "isEnabled", "false"), "is disabled"),
    ),
    compliant=(Way("said to be on", lambda graph: graph.having(KEY, None, "isEnabled", True)),),
    unknown=(Way("not known", lambda graph: graph.having(KEY, None, "isEnabled", UNKNOWN)),),
)
