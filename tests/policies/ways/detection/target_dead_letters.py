from guardrails.types import EVENT_TARGET
from tests.policies.detections import ACCOUNT, AWAY, HOME, READ, ROOT, STRANGER, at_home, away
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

QUEUE = "account-audit-rule-dead-letters"


def _queue(title: str, arn: str, told: str) -> Way:
    return Way(title, lambda g: g.having(EVENT_TARGET, at_home(READ), "deadLetterConfig.arn", arn), told)


WAYS = Ways(
    violations=(
        Way("none", lambda g: g.lacking(EVENT_TARGET, at_home(READ), "deadLetterConfig"), "has no dead-letter queue"),
        Way("no ARN", lambda g: g.lacking(EVENT_TARGET, at_home(READ), "deadLetterConfig.arn"), "no dead-letter queue"),
        Way("none away", lambda g: g.lacking(EVENT_TARGET, away(ROOT), "deadLetterConfig"), "has no dead-letter queue"),
        _queue("other region", f"arn:aws:sqs:{AWAY}:{ACCOUNT}:{QUEUE}", f"EventBridge needs a queue of {HOME}"),
        _queue("other account", f"arn:aws:sqs:{HOME}:{STRANGER}:{QUEUE}", f"in account {ACCOUNT}"),
        _queue("a topic", f"arn:aws:sns:{HOME}:{ACCOUNT}:account-audit-alerts", "needs a queue"),
        _queue("no ARN at all", QUEUE, "needs a queue"),
        _queue("FIFO", f"arn:aws:sqs:{HOME}:{ACCOUNT}:{QUEUE}.fifo", "needs a standard queue"),
    ),
    unknown=(Way("ARN", lambda g: g.having(EVENT_TARGET, at_home(READ), "deadLetterConfig.arn", UNKNOWN)),),
)
