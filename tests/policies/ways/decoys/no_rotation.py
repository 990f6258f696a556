from guardrails.types import SECRET_ROTATION
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _rotated(graph: Graph) -> Graph:
    return graph.adding(SECRET_ROTATION, "x", "prod/billing/postgres-eu-west-1", secretId=UNKNOWN, region="eu-west-1")


WAYS = Ways(
    violations=(Way("rotated", _rotated, "is rotated"),),
    never_unknown="that there is a rotation is enough",
)
