from typing import Any

from guardrails.types import EVENT_TARGET
from tests.policies.detections import READ, at_home
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

TARGET = (EVENT_TARGET, at_home(READ))
ATTEMPTS, AGE = "retryPolicy.maximumRetryAttempts", "retryPolicy.maximumEventAgeInSeconds"


def _retries(title: str, path: str, value: object, told: str = "", **settings: Any) -> Way:
    return Way(title, lambda g: g.having(*TARGET, path, value), told, settings=settings)


WAYS = Ways(
    violations=(
        Way("none", lambda g: g.lacking(*TARGET, "retryPolicy"), "leaves retries to EventBridge"),
        Way("no attempts", lambda g: g.lacking(*TARGET, ATTEMPTS), "leaves retries to EventBridge"),
        Way("no age", lambda g: g.lacking(*TARGET, AGE), "leaves retries to EventBridge"),
        _retries("no retry", ATTEMPTS, 0, "is tried once only"),
        _retries("a day", AGE, 86400, "is tried for 86400 seconds"),
        _retries("longer than set", AGE, 3600, "to 600 or less", longestSeconds=600),
    ),
    compliant=(
        _retries("one retry", ATTEMPTS, 1),
        _retries("shorter", AGE, 60),
        _retries("as long as set", AGE, 7200, longestSeconds=7200),
    ),
    unknown=(_retries("age", AGE, UNKNOWN),),
)
