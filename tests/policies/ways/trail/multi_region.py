from guardrails.types import TRAIL
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way("off", lambda graph: graph.having(TRAIL, None, "isMultiRegionTrail", False), "one region only"),
        Way("left out", lambda graph: graph.lacking(TRAIL, None, "isMultiRegionTrail"), "one region only"),
    ),
    unknown=(Way("not known", lambda graph: graph.having(TRAIL, None, "isMultiRegionTrail", UNKNOWN)),),
)
