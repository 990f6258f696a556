from collections.abc import Callable
from typing import Any

from guardrails.types import KEY
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

HOME, OTHER = "key-eu-west-1", "key-us-east-1"
ALARMS, TRAIL = "let cloudwatch.amazonaws.com use it", "let cloudtrail.amazonaws.com use it"
# Statements of the key at home: the account's, the alarms', the trail's.
OF_ALARMS, OF_TRAIL = 1, 2


def _changed(key: str, change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[Graph], Graph]:
    return lambda graph: graph.with_document(KEY, key, "policy", change)


def _having(index: int, **values: Any) -> Callable[[Graph], Graph]:
    return _changed(HOME, lambda found: found[index].update(values))


WAYS = Ways(
    violations=(
        Way("alarms left out", _changed(HOME, lambda found: found.pop(OF_ALARMS)), ALARMS),
        Way("alarms left out elsewhere", _changed(OTHER, lambda found: found.pop(OF_ALARMS)), "The key key-us-east-1"),
        Way("alarms denied", _having(OF_ALARMS, Effect="Deny", Condition={}), ALARMS),
        Way("alarms may not decrypt", _having(OF_ALARMS, Action=["kms:GenerateDataKey*"]), ALARMS),
        Way("alarms may not encrypt", _having(OF_ALARMS, Action=["kms:Decrypt"]), ALARMS),
        Way(
            "alarms of other names",
            _having(
                OF_ALARMS,
                Condition={"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:other-*"}},
            ),
            ALARMS,
        ),
        Way("the trail left out", _changed(HOME, lambda found: found.pop(OF_TRAIL)), TRAIL),
        Way("the trail may not encrypt", _having(OF_TRAIL, Action="kms:DescribeKey"), TRAIL),
    ),
    compliant=(Way("more actions", _having(OF_ALARMS, Action=["kms:Decrypt", "kms:G*"])),),
    unknown=(Way("policy", lambda graph: graph.having(KEY, HOME, "policy", UNKNOWN)),),
)
