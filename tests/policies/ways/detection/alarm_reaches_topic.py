from collections.abc import Callable
from typing import Any

from guardrails.types import TOPIC_POLICY
from tests.policies.detections import ACCOUNT, AWAY, HOME, STRANGER
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

POLICY = (TOPIC_POLICY, "alarms")
ALARMS = f"arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm"
DENY = {"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*"}


def _policy(title: str, change: Callable[[list[dict[str, Any]]], Any]) -> Way:
    return Way(title, lambda g: g.with_document(*POLICY, "policy", change), "does not let the alarm")


def _alarms(title: str, **values: Any) -> Way:
    """The statement that admits alarms, changed."""
    return _policy(title, lambda statements: statements[0].update(values))


WAYS = Ways(
    violations=(
        _policy("no statement", lambda s: s.pop(0)),
        _policy("denied", lambda s: s.append(DENY)),
        _alarms("another service", Principal={"Service": "events.amazonaws.com"}),
        _alarms("another action", Action="sns:Subscribe"),
        _alarms("other alarms", Condition={"ArnLike": {"aws:SourceArn": f"{ALARMS}:other-*"}}),
        _alarms(
            "alarms of another region", Condition={"ArnLike": {"aws:SourceArn": ALARMS.replace(HOME, AWAY) + ":*"}}
        ),
        _alarms(
            "another account's",
            Condition={"StringEquals": {"aws:SourceAccount": STRANGER}, "ArnLike": {"aws:SourceArn": f"{ALARMS}:*"}},
        ),
    ),
    compliant=(
        _alarms("all alarms", Condition={"ArnLike": {"aws:SourceArn": f"{ALARMS}:*"}}),
        _alarms("all of the account", Condition={"StringEquals": {"AWS:SourceAccount": ACCOUNT}}),
    ),
    unknown=(Way("policy", lambda g: g.having(*POLICY, "policy", UNKNOWN)),),
)
