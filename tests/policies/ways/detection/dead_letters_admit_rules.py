from collections.abc import Callable
from typing import Any

from guardrails.types import EVENT_TARGET, QUEUE_POLICY
from tests.policies.detections import ACCOUNT, AWAY, HOME, READ, at_home
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

POLICY = (QUEUE_POLICY, f"rule-dead-letters-{AWAY}")
TOLD = "does not let the rule"
ELSEWHERE = f"arn:aws:sqs:{AWAY}:{ACCOUNT}:another"
DENY = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}


def _policy(title: str, change: Callable[[list[dict[str, Any]]], Any]) -> Way:
    return Way(title, lambda g: g.with_document(*POLICY, "policy", change), TOLD)


def _rules(title: str, **values: Any) -> Way:
    """The statement that admits rules, changed."""
    return _policy(title, lambda statements: statements[1].update(values))


def _sources(title: str, **condition: Any) -> Way:
    return _rules(title, Condition=condition)


WAYS = Ways(
    violations=(
        Way("no policy", lambda g: g.without(*POLICY), TOLD),
        _policy("no statement", lambda s: s.pop()),
        _policy("denied", lambda s: s.append(DENY)),
        _policy("another queue", lambda s: [each.update(Resource=ELSEWHERE) for each in s]),
        _rules("another service", Principal={"Service": "s3.amazonaws.com"}),
        _rules("another action", Action="sqs:ReceiveMessage"),
        _sources("other rules", ArnLike={"aws:SourceArn": f"arn:aws:events:{AWAY}:{ACCOUNT}:rule/other-*"}),
        _sources("rules of another region", ArnLike={"aws:SourceArn": f"arn:aws:events:{HOME}:{ACCOUNT}:rule/*"}),
        _sources(
            "all but our rules",
            ArnLike={"aws:SourceArn": f"arn:aws:events:{AWAY}:{ACCOUNT}:rule/*"},
            ArnNotLike={"aws:SourceArn": f"arn:aws:events:{AWAY}:{ACCOUNT}:rule/account-audit-*"},
        ),
        _sources("an account too", StringEquals={"aws:SourceAccount": ACCOUNT}),
        _sources(
            "something else too",
            ArnLike={"aws:SourceArn": f"arn:aws:events:{AWAY}:{ACCOUNT}:rule/*"},
            IpAddress={"aws:SourceIp": "192.0.2.0/24"},
        ),
        Way(
            "a queue that nobody made",
            lambda g: g.having(
                EVENT_TARGET, at_home(READ), "deadLetterConfig.arn", f"arn:aws:sqs:{HOME}:{ACCOUNT}:nowhere"
            ),
            "which this stack doesn't make",
        ),
    ),
    compliant=(
        _rules("any sending", Action="sqs:Send*"),
        _sources("all rules", ArnLike={"aws:SourceArn": f"arn:aws:events:{AWAY}:{ACCOUNT}:rule/*"}),
        _sources("in other words", StringLike={"AWS:SourceArn": [f"arn:aws:events:*:{ACCOUNT}:rule/account-audit-*"]}),
        _policy("denied on a condition", lambda s: s.append({**DENY, **{"Condition": s[0]["Condition"]}})),
    ),
    unknown=(Way("policy", lambda g: g.having(*POLICY, "policy", UNKNOWN)),),
)
