from guardrails.types import TRAIL
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way(
            "off",
            lambda graph: graph.having(TRAIL, None, "includeGlobalServiceEvents", False),
            "leaves out global services",
        ),
    ),
    compliant=(Way("left out, so on", lambda graph: graph.lacking(TRAIL, None, "includeGlobalServiceEvents")),),
    unknown=(Way("not known", lambda graph: graph.having(TRAIL, None, "includeGlobalServiceEvents", UNKNOWN)),),
)
