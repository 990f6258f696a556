from guardrails.types import METRIC_FILTER
from tests.policies.detections import READ
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _metric(title: str, key: str, value: object, told: str = "") -> Way:
    return Way(title, lambda g: g.having(METRIC_FILTER, READ, f"metricTransformation.{key}", value), told)


WAYS = Ways(
    violations=(
        _metric("nothing", "value", "0", "publishes 0 for a hit"),
        _metric("a field", "value", "$.responseElements.n", "publishes $.responseElements.n for a hit"),
        Way("left out", lambda g: g.lacking(METRIC_FILTER, READ, "metricTransformation.value"), "publishes None"),
        _metric("zeros", "defaultValue", "0", "has a default value"),
        _metric("dimensions", "dimensions", {"User": "$.userIdentity.arn"}, "spreads its metric over dimensions"),
    ),
    compliant=(_metric("a unit", "unit", "Count"),),
    unknown=(_metric("value", "value", UNKNOWN),),
)
