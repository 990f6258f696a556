from guardrails.types import SECRET_VERSION
from tests.policies.graph import Graph
from tests.policies.way import Way, Ways

KEY = "secretString"


def _binary(graph: Graph) -> Graph:
    return graph.lacking(SECRET_VERSION, None, KEY).having(SECRET_VERSION, None, "secretBinary", "eHl6")


WAYS = Ways(
    violations=(
        Way("no version", lambda graph: graph.without(SECRET_VERSION), "prod/billing/postgres has no value"),
        Way("one of three", lambda graph: graph.without(SECRET_VERSION, "prod/crm/mysql-eu-west-1"), "crm", "prod"),
        Way("empty", lambda graph: graph.having(SECRET_VERSION, None, KEY, ""), "has no value"),
        Way("left out", lambda graph: graph.lacking(SECRET_VERSION, None, KEY), "has no value"),
    ),
    compliant=(
        Way("binary", _binary),
        Way(
            "write-only",
            lambda graph: graph.having(SECRET_VERSION, None, KEY, None).having(
                SECRET_VERSION, None, "secretStringWo", "x"
            ),
        ),
    ),
    never_unknown="a value that is not known yet is one",
)
