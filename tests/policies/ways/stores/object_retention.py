from typing import Any

from guardrails.types import BUCKET_LIFECYCLE
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

BUCKET, EXPIRATION = "trail-archive", "rules[0].expiration"


def _expiring(title: str, expiration: Any, told: str = "", stack: str = "minimal", least: int | None = None) -> Way:
    return Way(
        title,
        lambda graph: graph.having(BUCKET_LIFECYCLE, BUCKET, EXPIRATION, expiration),
        told,
        stack=stack,
        settings={"leastDays": least} if least else {},
    )


WAYS = Ways(
    violations=(
        _expiring("too soon", {"days": 364}, "deleted after 364 days; keep them for 365"),
        _expiring("too soon for who asks for more", {"days": 365}, "keep them for 730", least=730),
        _expiring("on a date", {"date": "2027-01-31T00:00:00Z"}, "deleted on 2027-01-31"),
        Way(
            "evidence",
            lambda graph: graph.having(BUCKET_LIFECYCLE, "responder-evidence", EXPIRATION, {"days": 30}),
            "deleted after 30 days",
            stack="prod",
        ),
    ),
    compliant=(
        _expiring("soon, in dev", {"days": 1}, stack="dev"),
        _expiring("sooner, as set", {"days": 90}, least=90),
        _expiring("never", {}),
        Way("no rules", lambda graph: graph.having(BUCKET_LIFECYCLE, BUCKET, "rules", []), stack="minimal"),
        Way("no resource", lambda graph: graph.without(BUCKET_LIFECYCLE), stack="minimal"),
        Way(
            "a rule that is off",
            lambda graph: graph.having(
                BUCKET_LIFECYCLE, BUCKET, "rules[0]", {"status": "Disabled", "expiration": {"days": 1}}
            ),
            stack="minimal",
        ),
    ),
    unknown=(_expiring("days", {"days": UNKNOWN}),),
)
