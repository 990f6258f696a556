from guardrails.types import TABLE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way(
            "off",
            lambda graph: graph.having(TABLE, None, "pointInTimeRecovery.enabled", False),
            "no point-in-time recovery",
        ),
        Way(
            "not said",
            lambda graph: graph.lacking(TABLE, None, "pointInTimeRecovery.enabled"),
            "no point-in-time recovery",
        ),
        Way("left out", lambda graph: graph.lacking(TABLE, None, "pointInTimeRecovery"), "no point-in-time recovery"),
    ),
    unknown=(Way("not known", lambda graph: graph.having(TABLE, None, "pointInTimeRecovery.enabled", UNKNOWN)),),
)
