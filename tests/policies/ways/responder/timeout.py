from guardrails.types import FUNCTION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("Lambda's default", lambda graph: graph.lacking(FUNCTION, None, "timeout"), "timeout is 3 s"),
        Way("too short", lambda graph: graph.having(FUNCTION, None, "timeout", 29), "timeout is 29 s"),
        Way("too long", lambda graph: graph.having(FUNCTION, None, "timeout", 61), "timeout is 61 s"),
        Way("none at all", lambda graph: graph.having(FUNCTION, None, "timeout", 0), "timeout is 0 s"),
    ),
    compliant=(Way("shorter", lambda graph: graph.having(FUNCTION, None, "timeout", 30)),),
    unknown=(Way("not known", lambda graph: graph.having(FUNCTION, None, "timeout", UNKNOWN)),),
)
