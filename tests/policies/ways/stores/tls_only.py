from collections.abc import Callable
from typing import Any

from guardrails.types import BUCKET_POLICY, QUEUE_POLICY, TOPIC_POLICY
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

BUCKET, TOPIC, QUEUE = "trail-archive", "alerts-eu-west-1", "rule-dead-letters-eu-west-1"
ARN = "arn:aws:s3:::account-audit-trail-111122223333-eu-west-1"
BUCKET_TOLD, TOPIC_TOLD, QUEUE_TOLD = f"{BUCKET} can be reached", f"policy of {TOPIC} lets", f"policy of {QUEUE} lets"


def _changed(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    """Changes the statement that denies; a value of None removes it."""

    def change(found: list[dict[str, Any]]) -> None:
        (deny,) = [statement for statement in found if statement["Effect"] == "Deny"]
        deny.update(values)
        for key in [key for key, value in values.items() if value is None]:
            del deny[key]

    return change


def _gone(found: list[dict[str, Any]]) -> None:
    found[:] = [statement for statement in found if statement["Effect"] != "Deny"] or [{"Effect": "Deny"}]


def _bucket(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[Graph], Graph]:
    return lambda graph: graph.with_document(BUCKET_POLICY, BUCKET, "policy", change)


def _topic(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[Graph], Graph]:
    return lambda graph: graph.with_document(TOPIC_POLICY, TOPIC, "policy", change)


def _queue(change: Callable[[list[dict[str, Any]]], None], queue: str = QUEUE) -> Callable[[Graph], Graph]:
    return lambda graph: graph.with_document(QUEUE_POLICY, queue, "policy", change)


def _in_two(found: list[dict[str, Any]]) -> None:
    (deny,) = [statement for statement in found if statement["Effect"] == "Deny"]
    found.append({**deny, "Sid": "TlsOnlyObjects", "Resource": f"{ARN}/*"})
    deny["Resource"] = ARN


WAYS = Ways(
    violations=(
        Way("bucket: no denial", _bucket(_gone), BUCKET_TOLD),
        Way("bucket: no policy", lambda graph: graph.without(BUCKET_POLICY, BUCKET), "has no policy that refuses"),
        Way("bucket: its objects only", _bucket(_changed(Resource=f"{ARN}/*")), BUCKET_TOLD),
        Way("bucket: not its objects", _bucket(_changed(Resource=ARN)), BUCKET_TOLD),
        Way("bucket: another bucket", _bucket(_changed(Resource=["arn:aws:s3:::x", "arn:aws:s3:::x/*"])), BUCKET_TOLD),
        Way("bucket: reads only", _bucket(_changed(Action="s3:Get*")), BUCKET_TOLD),
        Way("bucket: all but reads", _bucket(_changed(Action=None, NotAction="s3:Get*")), BUCKET_TOLD),
        Way("bucket: for one principal", _bucket(_changed(Principal={"AWS": "111122223333"})), BUCKET_TOLD),
        Way(
            "bucket: the wrong way round",
            _bucket(_changed(Condition={"Bool": {"aws:SecureTransport": "true"}})),
            BUCKET_TOLD,
        ),
        Way(
            "bucket: and only if",
            _bucket(
                _changed(
                    Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}
                )
            ),
            BUCKET_TOLD,
        ),
        Way(
            "bucket: and something else",
            _bucket(_changed(Condition={"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "true"}})),
            BUCKET_TOLD,
        ),
        Way("topic: no denial", _topic(_gone), TOPIC_TOLD),
        Way("topic: another topic", _topic(_changed(Resource="arn:aws:sns:eu-west-1:111122223333:x")), TOPIC_TOLD),
        Way("topic: another action", _topic(_changed(Action="sns:Subscribe")), TOPIC_TOLD),
        Way("queue: no denial", _queue(_gone), QUEUE_TOLD),
        Way("queue: another action", _queue(_changed(Action="sqs:ReceiveMessage")), QUEUE_TOLD),
        Way("queue: that nobody is let into", _queue(_gone, "responder-dead-letters"), "responder-dead-letters lets"),
    ),
    compliant=(
        Way("bucket: every action", _bucket(_changed(Action="*"))),
        Way("bucket: every resource", _bucket(_changed(Resource="*"))),
        Way("bucket: in two statements", _bucket(_in_two)),
        Way("bucket: every principal", _bucket(_changed(Principal={"AWS": "*"}))),
        Way("bucket: false, not its name", _bucket(_changed(Condition={"Bool": {"AWS:SecureTransport": False}}))),
        Way("bucket: in a list", _bucket(_changed(Condition={"Bool": {"aws:SecureTransport": ["false"]}}))),
        Way("topic: every action", _topic(_changed(Action="sns:*", Resource="*"))),
    ),
    unknown=(
        Way("policy of a bucket", lambda graph: graph.having(BUCKET_POLICY, BUCKET, "policy", UNKNOWN)),
        Way(
            "policy of the queue of no rule",
            lambda graph: graph.having(QUEUE_POLICY, "responder-dead-letters", "policy", UNKNOWN),
        ),
    ),
)
