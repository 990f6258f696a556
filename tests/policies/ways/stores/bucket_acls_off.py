from guardrails.types import BUCKET_OWNERSHIP
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

BUCKET = "responder-evidence"

WAYS = Ways(
    violations=(
        Way(
            "ACLs count",
            lambda graph: graph.having(BUCKET_OWNERSHIP, BUCKET, "rule.objectOwnership", "ObjectWriter"),
            "has ACLs (object ownership ObjectWriter)",
        ),
        Way("no rule", lambda graph: graph.lacking(BUCKET_OWNERSHIP, BUCKET, "rule"), "has ACLs"),
        Way("no controls", lambda graph: graph.without(BUCKET_OWNERSHIP, BUCKET), "does not say who owns"),
    ),
    unknown=(Way("ownership", lambda graph: graph.having(BUCKET_OWNERSHIP, BUCKET, "rule.objectOwnership", UNKNOWN)),),
)
