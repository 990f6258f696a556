from typing import Any

from guardrails.types import KEY
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways
from tests.policies.ways.stores.bucket_access import OUTSIDERS, statement

NAME = "key-us-east-1"


def _with(principal: Any, condition: dict[str, Any] | None) -> Any:
    more = {**statement(principal, condition), "Action": "kms:Decrypt", "Resource": "*"}
    return lambda graph: graph.with_document(KEY, NAME, "policy", lambda found: found.append(more))


CALLER = {"StringEquals": {"kms:CallerAccount": "111122223333"}}

# Whom a policy lets in is tried at length in stores/bucket_access.py.
WAYS = Ways(
    violations=(
        *(
            Way(title, _with(principal, condition), told)
            for title, principal, condition, told in OUTSIDERS
            if title in ("everybody", "another account", "a service")
        ),
        Way("no JSON", lambda graph: graph.having(KEY, NAME, "policy", "not JSON"), "not a policy document"),
    ),
    compliant=(Way("everybody, from ours by KMS", _with("*", CALLER)),),
    unknown=(Way("document", lambda graph: graph.having(KEY, NAME, "policy", UNKNOWN)),),
)
