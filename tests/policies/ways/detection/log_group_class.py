from guardrails.types import LOG_GROUP
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _class(value: str) -> Way:
    return Way(value, lambda g: g.having(LOG_GROUP, "trail", "logGroupClass", value), f"is of class {value}")


WAYS = Ways(
    violations=(_class("INFREQUENT_ACCESS"), _class("DELIVERY")),
    compliant=(_class("STANDARD"),),
    unknown=(_class(UNKNOWN),),
)
