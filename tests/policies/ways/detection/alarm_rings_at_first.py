from typing import Any

from guardrails.types import METRIC_ALARM
from tests.policies.detections import READ
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _alarm(title: str, told: str = "", **values: Any) -> Way:
    def mutate(graph: Graph) -> Graph:
        for key, value in values.items():
            graph = graph.having(METRIC_ALARM, READ, key, value)
        return graph

    return Way(title, mutate, told)


AT_ONE = "does not ring at one occurrence"

WAYS = Ways(
    violations=(
        _alarm("at two", AT_ONE, threshold=2),
        _alarm("always", AT_ONE, threshold=0),
        _alarm("above one", AT_ONE, comparisonOperator="GreaterThanThreshold"),
        _alarm("below", AT_ONE, comparisonOperator="LessThanThreshold"),
        Way("no threshold", lambda g: g.lacking(METRIC_ALARM, READ, "threshold"), AT_ONE),
        _alarm("average", "takes the statistic Average", statistic="Average"),
        _alarm("minimum", "takes the statistic Minimum", statistic="Minimum"),
        Way("no statistic", lambda g: g.lacking(METRIC_ALARM, READ, "statistic"), "takes the statistic None"),
        _alarm("twice", "more than one period", evaluationPeriods=2),
        _alarm("two of three", "more than one period", evaluationPeriods=3, datapointsToAlarm=2),
        _alarm("two datapoints", "more than one period", datapointsToAlarm=2),
        _alarm("hourly", "looks every 3600 seconds only", period=3600),
    ),
    compliant=(
        _alarm("above nothing", comparisonOperator="GreaterThanThreshold", threshold=0),
        _alarm("every five minutes", period=300),
        _alarm("one datapoint", datapointsToAlarm=1),
        _alarm("maximum", statistic="Maximum"),
    ),
    unknown=(_alarm("threshold", threshold=UNKNOWN),),
)
