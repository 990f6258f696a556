from typing import Any

from guardrails.types import LOG_GROUP
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _kept(title: str, days: Any, told: str = "", stack: str = "minimal", least: int | None = None) -> Way:
    return Way(
        title,
        lambda graph: graph.having(LOG_GROUP, "responder", "retentionInDays", days),
        told,
        stack=stack,
        settings={"leastDays": least} if least else {},
    )


WAYS = Ways(
    violations=(
        _kept("forever", 0, "forever"),
        _kept("forever, in dev", 0, "forever", stack="dev"),
        Way("left out", lambda graph: graph.lacking(LOG_GROUP, None, "retentionInDays"), "forever"),
        _kept("too short", 60, "for 60 days; set retention_in_days to 90 at least"),
        _kept("too short, in prod", 14, "for 14 days", stack="prod"),
        _kept("too short for who asks for more", 90, "to 400 at least", least=400),
    ),
    compliant=(_kept("short, in dev", 1, stack="dev"), _kept("shorter, as set", 30, least=30), _kept("long", 731)),
    unknown=(_kept("not known", UNKNOWN),),
)
