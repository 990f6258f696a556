"""The responder's own metrics, in the namespace `<prefix>/responder`."""

from collections import Counter
from typing import Any

from . import aws, log
from .scope import Permission

PERMISSIONS = (
    Permission(
        "PutMetrics",
        ("cloudwatch:PutMetricData",),
        ("*",),  # the action knows no resources; the namespace is what can be pinned
        {"StringEquals": {"cloudwatch:namespace": "{prefix}/responder"}},
    ),
)


class Metrics:
    """Counts of one invocation, and how long it took from each event to its containment."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.latencies: list[int] = []
        """Milliseconds from the event to the verified containment."""

    def publish(self, cloudwatch: Any, prefix: str) -> None:
        """Never raises: metrics come last and nothing hangs on them."""
        data = [{"MetricName": name, "Value": n, "Unit": "Count"} for name, n in self.counts.items() if n]
        data += [{"MetricName": "LatencyMilliseconds", "Value": ms, "Unit": "Milliseconds"} for ms in self.latencies]
        if not data:
            return
        try:
            cloudwatch.put_metric_data(Namespace=f"{prefix}/responder", MetricData=data)
        except aws.Failed as error:
            log.line("error", "metrics not published", problem=aws.sentence(error))
