from datetime import UTC, datetime, timedelta
from typing import Any

from tests.policies.way import Way, Ways

TODAY = datetime.now(UTC).date()
GOOD = {
    "policy": "trail-log-file-validation",
    "owner": "platform@example.com",
    "reason": "the archive moves this month",
    "expires": str(TODAY + timedelta(days=30)),
}


def _entry(title: str, told: str, **values: Any) -> Way:
    entry = {key: value for key, value in {**GOOD, **values}.items() if value is not None}
    return Way(title, lambda graph: graph.configured(policyExceptions=[entry]), told)


WAYS = Ways(
    violations=(
        _entry("expired", "expired on 2020-01-01", expires="2020-01-01"),
        _entry("no end in sight", "ends on 2999-12-31, too far ahead", expires="2999-12-31"),
        _entry("more than a year ahead", "too far ahead", expires=str(TODAY + timedelta(days=368))),
        Way(
            "one of two",
            lambda graph: graph.configured(policyExceptions=[GOOD, {**GOOD, "expires": "9999-12-31"}]),
            "too far ahead",
        ),
        _entry("no owner", "has no owner", owner=None),
        _entry("empty reason", "has no reason", reason=" "),
        _entry("no expiry", "has no expires", expires=None),
        _entry("no date", "is not a date", expires="next year"),
        _entry("a date without quotes", "is not a date in quotes", expires="2999-12-31 00:00:00 +0000 UTC"),
        _entry("no policy", "has no policy", policy=None),
        _entry("unknown policy", "there is no such guardrail", policy="trail-of-tears"),
        _entry("of exceptions themselves", "takes no exception", policy="account-policy-exceptions"),
        Way("no object", lambda graph: graph.configured(policyExceptions=["x"]), "is not an object"),
        Way("no list", lambda graph: graph.configured(policyExceptions={"x": 1}), "is not a list"),
    ),
    compliant=(
        _entry("that holds", ""),
        _entry("a year ahead", "", expires=str(TODAY + timedelta(days=365))),
    ),
    never_unknown="stack config is always known",
)
