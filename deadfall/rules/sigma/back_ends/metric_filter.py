"""The log path: CloudWatch Logs metric filters."""

from collections.abc import Mapping

from ..back_end import Path
from ..metric_filter.patterns import filter_patterns
from ..rule import Rule


class MetricFilter:
    name: str = "metric-filter"
    path: Path = "L"
    query: str = "filter"
    targets: Mapping[str, str] = {"metric-filter": "each line is the pattern of one metric filter"}

    def compile(self, rule: Rule) -> list[str]:
        return filter_patterns(rule)

    def write(self, rule: Rule, target: str) -> list[str]:
        return filter_patterns(rule)


BACK_END = MetricFilter()
