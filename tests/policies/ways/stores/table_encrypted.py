from guardrails.types import TABLE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=(
        Way(
            "off", lambda graph: graph.having(TABLE, None, "serverSideEncryption.enabled", False), "only DynamoDB sees"
        ),
        Way("not said", lambda graph: graph.lacking(TABLE, None, "serverSideEncryption.enabled"), "only DynamoDB sees"),
        Way("left out", lambda graph: graph.lacking(TABLE, None, "serverSideEncryption"), "only DynamoDB sees"),
    ),
    unknown=(Way("not known", lambda graph: graph.having(TABLE, None, "serverSideEncryption.enabled", UNKNOWN)),),
)
