from guardrails.types import QUEUE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

SECONDS = "messageRetentionSeconds"

WAYS = Ways(
    violations=(
        Way("a day", lambda graph: graph.having(QUEUE, None, SECONDS, 86400), "forgets messages after 1 days"),
        Way(
            "a second less", lambda graph: graph.having(QUEUE, None, SECONDS, 1209599), "forgets messages after 14 days"
        ),
        Way("left out, so four days", lambda graph: graph.lacking(QUEUE, None, SECONDS), "after 4 days"),
    ),
    unknown=(Way("not known", lambda graph: graph.having(QUEUE, None, SECONDS, UNKNOWN)),),
)
