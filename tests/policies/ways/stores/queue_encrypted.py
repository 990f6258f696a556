from guardrails.types import QUEUE
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

KEY = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"


def _by_key(graph: Graph, key: str) -> Graph:
    return graph.lacking(QUEUE, None, "sqsManagedSseEnabled").having(QUEUE, None, "kmsMasterKeyId", key)


WAYS = Ways(
    violations=(
        Way("off", lambda graph: graph.having(QUEUE, None, "sqsManagedSseEnabled", False), "is not encrypted"),
        Way("left out", lambda graph: graph.lacking(QUEUE, None, "sqsManagedSseEnabled"), "is not encrypted"),
        Way("by a key of AWS", lambda graph: _by_key(graph, "alias/aws/sqs"), "is not encrypted"),
    ),
    compliant=(
        Way("by a key", lambda graph: _by_key(graph, KEY)),
        Way("by a key that is still to be made", lambda graph: _by_key(graph, UNKNOWN)),
    ),
    unknown=(Way("not known", lambda graph: graph.having(QUEUE, None, "sqsManagedSseEnabled", UNKNOWN)),),
)
