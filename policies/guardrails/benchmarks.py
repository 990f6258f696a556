"""Metric filters that exist because benchmark checkers search for their text."""

from pulumi_policy import PolicyResource

_NAMESPACE = "/cis"  # its end


def is_for_benchmark(namespace: object) -> bool:
    """Whether a CloudWatch namespace is that of such filters: their alarms tell people and nobody else, so they are no
    part of path L."""
    return str(namespace).endswith(_NAMESPACE)


def namespace_of(metric_filter: PolicyResource) -> str:
    """Where a filter publishes."""
    return str((metric_filter.props.get("metricTransformation") or {}).get("namespace"))
