from guardrails.account.static_credentials import CREDENTIALS
from guardrails.types import PROVIDER
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

WAYS = Ways(
    violations=tuple(
        Way(
            argument,
            lambda graph, key=key: graph.having(PROVIDER, None, key, "something"),
            f"is given {argument};",
        )
        for key, argument in CREDENTIALS.items()
    ),
    compliant=(Way("empty", lambda graph: graph.having(PROVIDER, None, "token", "")),),
    unknown=(Way("not known", lambda graph: graph.having(PROVIDER, None, "secretKey", UNKNOWN)),),
)
