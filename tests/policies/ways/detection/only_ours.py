import json
from collections.abc import Callable
from typing import Any

from guardrails.types import BUS_PERMISSION, BUS_POLICY, QUEUE, QUEUE_POLICY, TOPIC, TOPIC_POLICY
from tests.policies.detections import ACCOUNT, HOME, STRANGER
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

TOPIC_NAME, QUEUE_NAME = f"alerts-{HOME}", f"rule-dead-letters-{HOME}"
OUTSIDE = "from outside of this account"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


def _topic(title: str, change: Callable[[list[dict[str, Any]]], Any], told: str = OUTSIDE) -> Way:
    return Way(title, lambda g: g.with_document(TOPIC_POLICY, TOPIC_NAME, "policy", change), told)


def _queue(title: str, change: Callable[[list[dict[str, Any]]], Any]) -> Way:
    return Way(title, lambda g: g.with_document(QUEUE_POLICY, QUEUE_NAME, "policy", change), OUTSIDE)


def _also(statement: int, **values: Any) -> Callable[[list[dict[str, Any]]], None]:
    """One more statement, like another."""
    return lambda statements: statements.append({**statements[statement], **values})


def _but(statement: dict[str, Any], account: str) -> dict[str, Any]:
    rest = {key: value for key, value in statement.items() if key != "Principal"}
    return {**rest, "NotPrincipal": {"AWS": account}}


def _document(**statement: Any) -> str:
    allowed = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def _bus_policy(title: str, **statement: Any) -> Way:
    def mutate(graph: Graph) -> Graph:
        return graph.adding(BUS_POLICY, "bus", "account", policy=_document(**statement), region=HOME)

    return Way(title, mutate, OUTSIDE)


def _bus_permission(title: str, principal: str, **inputs: Any) -> Way:
    def mutate(graph: Graph) -> Graph:
        return graph.adding(
            BUS_PERMISSION, "bus", "account", principal=principal, statementId="x", region=HOME, **inputs
        )

    return Way(title, mutate, "takes events from")


WAYS = Ways(
    violations=(
        _topic("alarms of any account", lambda s: s[0].pop("Condition")),
        _topic(
            "alarms of all but a stranger", _also(0, Condition={"StringNotEquals": {"aws:SourceAccount": STRANGER}})
        ),
        _topic("alarms of a stranger", _also(0, Condition={"StringEquals": {"aws:SourceAccount": STRANGER}})),
        _topic(
            "of ours and a stranger", _also(0, Condition={"StringEquals": {"aws:SourceAccount": [ACCOUNT, STRANGER]}})
        ),
        _topic("if it says so", _also(0, Condition={"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}})),
        _topic("everybody", _also(1, Principal="*")),
        _topic("everybody of AWS", _also(1, Principal={"AWS": "*"})),
        _topic("an organization", _also(1, Principal="*", Condition=ORGANIZATION)),
        _topic("a stranger", _also(1, Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"})),
        _topic("a stranger's number", _also(1, Principal={"AWS": [ACCOUNT, STRANGER]})),
        _topic("all but one", lambda s: s.append(_but(s[1], STRANGER)), "whoever it does not exclude"),
        Way("no JSON", lambda g: g.having(TOPIC_POLICY, TOPIC_NAME, "policy", "{"), "is not a policy document"),
        Way(
            "a topic's own policy",
            lambda g: g.having(TOPIC, TOPIC_NAME, "policy", _document(Principal="*", Action="sns:Publish")),
            OUTSIDE,
        ),
        _queue("rules of any account", lambda s: s[1].pop("Condition")),
        _queue(
            "rules of a stranger", _also(1, Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:events:{HOME}:*:rule/*"}})
        ),
        Way(
            "a queue's own policy",
            lambda g: g.having(QUEUE, QUEUE_NAME, "policy", _document(Principal="*", Action="sqs:SendMessage")),
            OUTSIDE,
        ),
        _bus_policy("a bus for everybody", Principal="*"),
        _bus_policy("a bus for a stranger", Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"}),
        _bus_policy("a bus for an organization", Principal="*", Condition=ORGANIZATION),
        _bus_permission("permission for a stranger", STRANGER),
        _bus_permission("permission for everybody", "*"),
        _bus_permission(
            "permission for an organization",
            "*",
            condition={"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": "o-a1b2c3d4e5"},
        ),
    ),
    compliant=(
        _bus_policy("a bus for ourselves", Principal={"AWS": ROOT}),
        _bus_policy("by a condition", Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
        _bus_permission("permission for ourselves", ACCOUNT),
        _topic("a service by its source", _also(0, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})),
        _topic("our number", _also(1, Principal={"AWS": ACCOUNT})),
        _topic("a stranger kept out", _also(1, Effect="Deny", Principal={"AWS": STRANGER})),
    ),
    unknown=(Way("policy", lambda g: g.having(TOPIC_POLICY, TOPIC_NAME, "policy", UNKNOWN)),),
)
