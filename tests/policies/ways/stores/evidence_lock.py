from typing import Any

from guardrails.types import BUCKET, BUCKET_OBJECT_LOCK, FUNCTION
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

EVIDENCE = "responder-evidence"
NAME = "environment.variables.EVIDENCE_BUCKET"


def _locked(title: str, retention: dict[str, Any], told: str = "", stack: str = "minimal", least: int = 0) -> Way:
    return Way(
        title,
        lambda graph: graph.having(BUCKET_OBJECT_LOCK, EVIDENCE, "rule.defaultRetention", retention),
        told,
        stack=stack,
        settings={"leastDays": least} if least else {},
    )


def _elsewhere(graph: Graph) -> Graph:
    return graph.having(FUNCTION, None, NAME, "account-audit-trail-111122223333-eu-west-1")


def _second_lock(graph: Graph) -> Graph:
    weak = {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}
    return graph.plus(graph.only(BUCKET_OBJECT_LOCK), "second", rule=weak)


WAYS = Ways(
    violations=(
        Way(
            "no Object Lock", lambda graph: graph.having(BUCKET, EVIDENCE, "objectLockEnabled", False), "has no Object"
        ),
        Way("not said", lambda graph: graph.lacking(BUCKET, EVIDENCE, "objectLockEnabled"), "has no Object Lock"),
        Way("no default", lambda graph: graph.without(BUCKET_OBJECT_LOCK), "locks nothing by default"),
        Way("no rule", lambda graph: graph.lacking(BUCKET_OBJECT_LOCK, EVIDENCE, "rule"), "in None mode"),
        Way("in a bucket without", _elsewhere, "account-audit-trail-111122223333-eu-west-1 has no Object Lock"),
        Way(
            "in a bucket of others", lambda graph: graph.having(FUNCTION, None, NAME, "x"), "in no bucket of this stack"
        ),
        Way("in no bucket", lambda graph: graph.lacking(FUNCTION, None, NAME), "in no bucket of this stack"),
        Way("by a second, weaker lock", _second_lock, "in GOVERNANCE mode", stack="minimal"),
        _locked("for no time", {"mode": "GOVERNANCE"}, "locked for 0 days", stack="dev"),
        _locked("governance", {"mode": "GOVERNANCE", "days": 365}, "in GOVERNANCE mode"),
        _locked("governance, in prod", {"mode": "GOVERNANCE", "days": 365}, "in GOVERNANCE mode", stack="prod"),
        _locked("too short", {"mode": "COMPLIANCE", "days": 29}, "for 29 days; lock it for 30 at least"),
        _locked("too short for who asks for more", {"mode": "COMPLIANCE", "days": 364}, "for 365 at least", least=365),
    ),
    compliant=(
        _locked("a day, in dev", {"mode": "COMPLIANCE", "days": 1}, stack="dev"),
        _locked("in years", {"mode": "COMPLIANCE", "years": 1}, least=365),
        _locked("shorter, as set", {"mode": "COMPLIANCE", "days": 7}, least=7),
    ),
    unknown=(
        Way("mode", lambda graph: graph.having(BUCKET_OBJECT_LOCK, EVIDENCE, "rule.defaultRetention.mode", UNKNOWN)),
        Way("bucket", lambda graph: graph.having(FUNCTION, None, NAME, UNKNOWN)),
    ),
)
