"""The log path: CloudWatch Logs metric filters."""

from collections.abc import Mapping

from ..back_end import Compiled, Path
from ..metric_filter.patterns import compile_filters
from ..rule import Rule


class MetricFilter:
    name: str = "metric-filter"
    path: Path = "L"
    query: str = "filter"
    targets: Mapping[str, str] = {"metric-filter": "each line is the pattern of one metric filter"}

    def compile(self, rule: Rule) -> Compiled:
        return compile_filters(rule)

    def write(self, rule: Rule, target: str) -> Compiled:
        return compile_filters(rule)


BACK_END = MetricFilter()
