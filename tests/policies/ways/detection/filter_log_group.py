from guardrails.types import LOG_GROUP, METRIC_FILTER
from tests.policies.detections import READ
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

TOLD = "where CloudTrail does not write"


def _elsewhere(graph: Graph) -> Graph:
    name = graph.all(METRIC_FILTER)[0].name
    return graph.having(METRIC_FILTER, name, "logGroupName", "/account-records/trail")


WAYS = Ways(
    violations=(
        Way("another", lambda g: g.having(METRIC_FILTER, READ, "logGroupName", "/aws/lambda/x"), TOLD),
        Way("left out", lambda g: g.lacking(METRIC_FILTER, READ, "logGroupName"), TOLD),
        Way("log group elsewhere", lambda g: g.having(LOG_GROUP, "trail", "region", "us-east-1"), TOLD),
        Way("not the adopted one", _elsewhere, "set it on aws-controltower/CloudTrailLogs", stack="prod"),
        Way(
            "another adopted",
            lambda g: g.configured(trail={"existing": {"logGroupName": "other"}}),
            "set it on other in eu-central-1",
            stack="prod",
        ),
    ),
    unknown=(Way("log group", lambda g: g.having(METRIC_FILTER, READ, "logGroupName", UNKNOWN)),),
)
