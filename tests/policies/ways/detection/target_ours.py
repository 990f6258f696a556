from guardrails.types import EVENT_TARGET
from tests.policies.detections import ACCOUNT, ACTIVITY, AWAY, HOME, READ, STRANGER, at_home, away
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

FORWARDS = (EVENT_TARGET, away(ACTIVITY))
LEAVES = f"is not of account {ACCOUNT}"


def _another(title: str, arn: str, told: str) -> Way:
    """One more target of a rule at home."""

    def mutate(graph: Graph) -> Graph:
        return graph.plus(graph.only(EVENT_TARGET, at_home(READ)), "another", targetId="another", arn=arn)

    return Way(title, mutate, told)


def _forwarded(title: str, arn: str, told: str) -> Way:
    return Way(title, lambda g: g.having(*FORWARDS, "arn", arn), told)


def _role(title: str, arn: str) -> Way:
    return Way(title, lambda g: g.having(*FORWARDS, "roleArn", arn), "has no role of this account")


WAYS = Ways(
    violations=(
        _another("function of a stranger", f"arn:aws:lambda:{HOME}:{STRANGER}:function:x", LEAVES),
        _another("bus of a stranger", f"arn:aws:events:{HOME}:{STRANGER}:event-bus/default", LEAVES),
        _another("no ARN", "somewhere", LEAVES),
        _another("queue in another region", f"arn:aws:sqs:{AWAY}:{ACCOUNT}:x", "in another region"),
        _another("its own bus", f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default", "an endless loop"),
        _forwarded("to a stranger", f"arn:aws:events:{HOME}:{STRANGER}:event-bus/default", LEAVES),
        _forwarded("to another bus", f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/x", "default bus of the home region"),
        _forwarded(
            "to a third region", f"arn:aws:events:eu-north-1:{ACCOUNT}:event-bus/default", f"region {HOME} only"
        ),
        Way("without a role", lambda g: g.lacking(*FORWARDS, "roleArn"), "has no role of this account"),
        _role("by a stranger's role", f"arn:aws:iam::{STRANGER}:role/account-audit-forwarder"),
        _role("by no role", "account-audit-forwarder"),
    ),
    compliant=(_another("a queue of the region", f"arn:aws:sqs:{HOME}:{ACCOUNT}:x", ""),),
    unknown=(Way("ARN", lambda g: g.having(*FORWARDS, "arn", UNKNOWN)),),
)
