from typing import Any

from guardrails.types import METRIC_ALARM, METRIC_FILTER
from tests.policies.detections import AWAY, ROOT
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

NO_ALARM, NO_METRIC = "No alarm watches", "watches a metric that no filter publishes"


def _another(title: str, like: str, told: str, **inputs: Any) -> Way:
    """One more alarm, like another."""

    def mutate(graph: Graph) -> Graph:
        return graph.plus(graph.only(METRIC_ALARM, like), "another", name="account-audit-another", **inputs)

    return Way(title, mutate, told)


WAYS = Ways(
    violations=(
        Way("no alarm", lambda g: g.without(METRIC_ALARM, ROOT), NO_ALARM),
        Way("alarm on another metric", lambda g: g.having(METRIC_ALARM, ROOT, "metricName", "root"), NO_METRIC),
        Way("alarm on another namespace", lambda g: g.having(METRIC_ALARM, ROOT, "namespace", "audit"), NO_ALARM),
        Way("alarm on a dimension", lambda g: g.having(METRIC_ALARM, ROOT, "dimensions", {"User": "root"}), NO_METRIC),
        Way("filter renamed", lambda g: g.having(METRIC_FILTER, ROOT, "metricTransformation.name", "root"), NO_ALARM),
        Way(
            "filter in another namespace",
            lambda g: g.having(METRIC_FILTER, ROOT, "metricTransformation.namespace", "audit"),
            NO_METRIC,
        ),
        _another("alarm without a filter", ROOT, NO_METRIC, metricName="another"),
        _another("of no function", "responder-errors", "FunctionName x, which", dimensions={"FunctionName": "x"}),
        _another("of any function", "responder-errors", "FunctionName None, which", dimensions={}),
        _another("of no queue", "responder-dead-letters", "QueueName x, which", dimensions={"QueueName": "x"}),
        _another(
            "of a queue elsewhere",
            "responder-dead-letters",
            f"which this stack doesn't make in {AWAY}",
            region=AWAY,
            alarmActions=[f"arn:aws:sns:{AWAY}:111122223333:account-audit-alerts"],
        ),
    ),
    compliant=(
        _another("a second alarm", ROOT, ""),
        _another("on the responder's own metric", "responder-not-told", "", metricName="Another"),
    ),
    unknown=(Way("metric", lambda g: g.having(METRIC_ALARM, ROOT, "metricName", UNKNOWN)),),
)
