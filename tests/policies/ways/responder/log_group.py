from dataclasses import replace

from guardrails.types import FUNCTION, LOG_GROUP
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _elsewhere(graph: Graph, group: str) -> Graph:
    return graph.having(FUNCTION, None, "loggingConfig", {"logFormat": "JSON", "logGroup": group})


def _independent(graph: Graph) -> Graph:
    group = graph.only(LOG_GROUP, "responder").urn
    return graph.mutated(
        lambda function: replace(function, dependencies=tuple(urn for urn in function.dependencies if urn != group)),
        FUNCTION,
    )


WAYS = Ways(
    violations=(
        Way("none", lambda graph: graph.without(LOG_GROUP, "responder"), "/aws/lambda/account-audit-responder is not"),
        Way("another region", lambda graph: graph.having(LOG_GROUP, "responder", "region", "us-east-1"), "is not"),
        Way(
            "other name", lambda graph: graph.having(LOG_GROUP, "responder", "name", "/aws/lambda/x"), "is not declared"
        ),
        Way("logs elsewhere", lambda graph: _elsewhere(graph, "/other"), "Log group /other is not declared"),
        Way("not before it", _independent, "is not there before the function"),
    ),
    compliant=(
        Way("logs elsewhere, declared", lambda graph: _elsewhere(graph, "/aws/lambda/account-audit-responder")),
        Way("the provider sets it", lambda graph: graph.having(FUNCTION, None, "loggingConfig", UNKNOWN)),
    ),
    unknown=(Way("the function's name", lambda graph: graph.having(FUNCTION, None, "name", UNKNOWN)),),
)
