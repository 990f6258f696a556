"""Metric filters that match more than their rule."""

_NAMESPACE = "/supersets"  # its end


def is_of_superset(namespace: object) -> bool:
    """Return whether a CloudWatch namespace is that of such filters.

    Their alarms invoke the responder (detection-alarm-reaches-responder), which evaluates the rule and then notifies.
    """
    return str(namespace).endswith(_NAMESPACE)
