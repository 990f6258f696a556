"""Metric filters that exist because benchmark checkers search for their text."""

from pulumi_policy import PolicyResource

_NAMESPACE = "/cis"  # its end


def is_for_benchmark(namespace: object) -> bool:
    """Return whether a CloudWatch namespace is that of such filters.

    Their alarms only send mail, so they are not part of the log path.
    """
    return str(namespace).endswith(_NAMESPACE)


def namespace_of(metric_filter: PolicyResource) -> str:
    """Where a filter publishes."""
    return str((metric_filter.props.get("metricTransformation") or {}).get("namespace"))
