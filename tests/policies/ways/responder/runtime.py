from guardrails.types import FUNCTION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("deprecated", lambda graph: graph.having(FUNCTION, None, "runtime", "python3.9"), "runtime is python3.9"),
        Way("soon deprecated", lambda graph: graph.having(FUNCTION, None, "runtime", "python3.11"), "python3.11"),
        Way("another language", lambda graph: graph.having(FUNCTION, None, "runtime", "nodejs22.x"), "nodejs22.x"),
        Way("none", lambda graph: graph.lacking(FUNCTION, None, "runtime"), "runtime is None"),
    ),
    compliant=(
        Way("older", lambda graph: graph.having(FUNCTION, None, "runtime", "python3.12")),
        Way("newer", lambda graph: graph.having(FUNCTION, None, "runtime", "python3.14")),
    ),
    unknown=(Way("not known", lambda graph: graph.having(FUNCTION, None, "runtime", UNKNOWN)),),
)
