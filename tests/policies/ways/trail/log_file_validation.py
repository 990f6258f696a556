from guardrails.types import TRAIL
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("off", lambda graph: graph.having(TRAIL, None, "enableLogFileValidation", False), "validation is off"),
        Way("left out", lambda graph: graph.lacking(TRAIL, None, "enableLogFileValidation"), "validation is off"),
    ),
    unknown=(Way("not known", lambda graph: graph.having(TRAIL, None, "enableLogFileValidation", UNKNOWN)),),
)
