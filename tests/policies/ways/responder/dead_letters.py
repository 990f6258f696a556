from guardrails.types import FUNCTION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

TARGET = "deadLetterConfig.targetArn"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:account-audit-alerts"

WAYS = Ways(
    violations=(
        Way("none", lambda graph: graph.lacking(FUNCTION, None, "deadLetterConfig"), "no dead-letter queue"),
        Way("nowhere", lambda graph: graph.having(FUNCTION, None, TARGET, ""), "no dead-letter queue"),
        Way("to nobody", lambda graph: graph.having(FUNCTION, None, "deadLetterConfig", {}), "no dead-letter queue"),
        Way("to a topic", lambda graph: graph.having(FUNCTION, None, TARGET, TOPIC), "doesn't keep them"),
    ),
    unknown=(Way("where", lambda graph: graph.having(FUNCTION, None, "deadLetterConfig", UNKNOWN)),),
)
