from guardrails.types import QUEUE, SECRET_VERSION, TABLE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

TOLD = "takes its region from the provider"

WAYS = Ways(
    violations=(
        Way("left out", lambda graph: graph.lacking(TABLE, None, "region"), TOLD),
        Way("empty", lambda graph: graph.having(QUEUE, "responder-dead-letters", "region", ""), TOLD),
        Way("left out of what belongs to another", lambda graph: graph.lacking(SECRET_VERSION, None, "region"), TOLD),
    ),
    compliant=(
        Way(
            "none, of the account",
            lambda graph: graph.adding("aws:account/alternativeContact:AlternativeContact", "security", "account"),
        ),
    ),
    unknown=(Way("not known", lambda graph: graph.having(SECRET_VERSION, None, "region", UNKNOWN)),),
)
