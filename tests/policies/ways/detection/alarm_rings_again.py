from guardrails.types import METRIC_ALARM
from tests.policies.detections import AWAY, READ
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _missing(name: str, value: str) -> Way:
    return Way(value, lambda g: g.having(METRIC_ALARM, name, "treatMissingData", value), f"takes silence as {value}")


WAYS = Ways(
    violations=(
        _missing(READ, "ignore"),
        _missing(READ, "breaching"),
        _missing(f"rule-dead-letters-{AWAY}", "missing"),
        Way("left out", lambda g: g.lacking(METRIC_ALARM, READ, "treatMissingData"), "takes silence as missing"),
    ),
    unknown=(_missing(READ, UNKNOWN),),
)
