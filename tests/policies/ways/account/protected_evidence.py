from dataclasses import replace

from guardrails.types import BUCKET, KEY, LOG_GROUP, TABLE, TRAIL
from tests.policies.way import Way, Ways


def _unprotected(title: str, type: str, name: str, stack: str = "minimal", told: str | None = None) -> Way:
    return Way(
        title,
        lambda graph: graph.mutated(lambda resource: replace(resource, protect=False), type, name),
        f"{name} can be deleted by pulumi destroy" if told is None else told,
        stack=stack,
    )


WAYS = Ways(
    violations=(
        _unprotected("trail", TRAIL, "trail"),
        _unprotected("archive", BUCKET, "trail-archive"),
        _unprotected("evidence", BUCKET, "responder-evidence"),
        _unprotected("evidence of prod", BUCKET, "responder-evidence", stack="prod"),
        _unprotected("ledger", TABLE, "responder-ledger"),
        _unprotected("trail's log", LOG_GROUP, "trail"),
        _unprotected("responder's log", LOG_GROUP, "responder"),
        _unprotected("key", KEY, "key-eu-west-1", told="key-eu-west-1, without which nobody can read"),
        _unprotected("key of prod", KEY, "key-eu-central-1", stack="prod", told="key-eu-central-1, without which"),
    ),
    compliant=(
        _unprotected("all of dev", BUCKET, "trail-archive", stack="dev", told=""),
        _unprotected("key of topics alone", KEY, "key-us-east-1", told=""),
    ),
    never_unknown="it is always known what is protected",
)
