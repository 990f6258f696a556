from collections.abc import Callable
from typing import Any

from guardrails.types import EVENT_TARGET, ROLE, ROLE_POLICY
from tests.policies.detections import ACCOUNT, ACTIVITY, AWAY, away
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

NAME = "forwarder"
MAY_NOT = "may not put events on"
DENY = {"Effect": "Deny", "Action": "events:*", "Resource": "*"}


def _policy(title: str, change: Callable[[list[dict[str, Any]]], Any]) -> Way:
    return Way(title, lambda g: g.with_document(ROLE_POLICY, NAME, "policy", change), MAY_NOT)


def _trust(title: str, **values: Any) -> Way:
    return Way(
        title,
        lambda g: g.with_document(ROLE, NAME, "assumeRolePolicy", lambda s: s[0].update(values)),
        "does not let events.amazonaws.com assume it",
    )


WAYS = Ways(
    violations=(
        Way("no policy", lambda g: g.without(ROLE_POLICY, NAME), MAY_NOT),
        _policy("another action", lambda s: s[0].update(Action="events:PutRule")),
        _policy("another bus", lambda s: s[0].update(Resource=f"arn:aws:events:{AWAY}:{ACCOUNT}:event-bus/default")),
        _policy("denied", lambda s: s.append(DENY)),
        _policy("on a condition", lambda s: s[0].update(Condition={"Bool": {"aws:ViaAWSService": "true"}})),
        _policy("nothing allowed", lambda s: s.clear()),
        _trust("trusts another service", Principal={"Service": "scheduler.amazonaws.com"}),
        _trust("trusts nobody", Effect="Deny"),
        Way("no role", lambda g: g.without(ROLE, NAME), "is not made by this stack"),
        Way(
            "another role",
            lambda g: g.having(EVENT_TARGET, away(ACTIVITY), "roleArn", f"arn:aws:iam::{ACCOUNT}:role/admin"),
            "role/admin forwards events and is not made by this stack",
        ),
    ),
    compliant=(
        _policy("another denied", lambda s: s.append({**DENY, "Action": "events:DeleteRule"})),
        _policy("more than one action", lambda s: s[0].update(Action=["events:PutEvents", "events:DescribeEventBus"])),
    ),
    unknown=(Way("policy", lambda g: g.having(ROLE_POLICY, NAME, "policy", UNKNOWN)),),
)
