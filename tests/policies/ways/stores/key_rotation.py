from guardrails.types import KEY
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("off", lambda graph: graph.having(KEY, "key-eu-west-1", "enableKeyRotation", False), "is not rotated"),
        Way("left out", lambda graph: graph.lacking(KEY, None, "enableKeyRotation"), "is not rotated"),
    ),
    unknown=(Way("not known", lambda graph: graph.having(KEY, None, "enableKeyRotation", UNKNOWN)),),
)
