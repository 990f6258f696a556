from guardrails.types import SECRET
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way(
            "a replica", lambda graph: graph.having(SECRET, None, "replicas", [{"region": "us-east-1"}]), "to us-east-1"
        ),
    ),
    compliant=(Way("none", lambda graph: graph.having(SECRET, None, "replicas", [])),),
    unknown=(
        Way("replicas", lambda graph: graph.having(SECRET, None, "replicas", UNKNOWN)),
        Way("a region", lambda graph: graph.having(SECRET, None, "replicas", [{"region": UNKNOWN}])),
    ),
)
