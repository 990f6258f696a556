from guardrails.types import FUNCTION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

KEY = "reservedConcurrentExecutions"

WAYS = Ways(
    violations=(
        Way("left out", lambda graph: graph.lacking(FUNCTION, None, KEY), "shares the account's"),
        Way("unreserved", lambda graph: graph.having(FUNCTION, None, KEY, -1), "shares the account's"),
        Way("switched off", lambda graph: graph.having(FUNCTION, None, KEY, 0), "switches it off"),
    ),
    compliant=(Way("one", lambda graph: graph.having(FUNCTION, None, KEY, 1)),),
    unknown=(Way("not known", lambda graph: graph.having(FUNCTION, None, KEY, UNKNOWN)),),
)
