from dataclasses import replace

from guardrails.types import FUNCTION_INVOKE_CONFIG
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

TIMES, AGE = "maximumRetryAttempts", "maximumEventAgeInSeconds"


def _of(graph: Graph, name: str) -> Graph:
    """The config of the function of that name, without a dependency on it."""
    return graph.mutated(
        lambda config: replace(config.having("functionName", name), property_dependencies={}), FUNCTION_INVOKE_CONFIG
    )


WAYS = Ways(
    violations=(
        Way("none", lambda graph: graph.without(FUNCTION_INVOKE_CONFIG), "Lambda's default of six hours"),
        Way("no retry", lambda graph: graph.having(FUNCTION_INVOKE_CONFIG, None, TIMES, 0), "retried 0 times"),
        Way("one retry", lambda graph: graph.having(FUNCTION_INVOKE_CONFIG, None, TIMES, 1), "retried 1 times"),
        Way("no age", lambda graph: graph.lacking(FUNCTION_INVOKE_CONFIG, None, AGE), "for six hours, Lambda's"),
        Way("too short", lambda graph: graph.having(FUNCTION_INVOKE_CONFIG, None, AGE, 60), "for 60 s"),
        Way("too long", lambda graph: graph.having(FUNCTION_INVOKE_CONFIG, None, AGE, 21600), "for 21600 s"),
        Way("of another", lambda graph: _of(graph, "other"), "account-audit-responder tries"),
    ),
    compliant=(
        Way("Lambda's two retries", lambda graph: graph.lacking(FUNCTION_INVOKE_CONFIG, None, TIMES)),
        Way("shortest", lambda graph: graph.having(FUNCTION_INVOKE_CONFIG, None, AGE, 600)),
        Way("by its name", lambda graph: _of(graph, "account-audit-responder")),
    ),
    unknown=(Way("age", lambda graph: graph.having(FUNCTION_INVOKE_CONFIG, None, AGE, UNKNOWN)),),
)
