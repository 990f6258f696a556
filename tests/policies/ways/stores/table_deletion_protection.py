from guardrails.types import TABLE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way(
            "off",
            lambda graph: graph.having(TABLE, None, "deletionProtectionEnabled", False),
            "deleted by one call",
            stack="minimal",
        ),
        Way(
            "not said",
            lambda graph: graph.lacking(TABLE, None, "deletionProtectionEnabled"),
            "deleted by one call",
            stack="minimal",
        ),
    ),
    compliant=(Way("off, in dev", lambda graph: graph.having(TABLE, None, "deletionProtectionEnabled", False)),),
    unknown=(
        Way(
            "not known", lambda graph: graph.having(TABLE, None, "deletionProtectionEnabled", UNKNOWN), stack="minimal"
        ),
    ),
)
