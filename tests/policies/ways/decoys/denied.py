import json

from guardrails.types import USER_POLICY
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}

ALSO = json.dumps({"Statement": {**ALL, "Action": "s3:*"}})


def _policy(title: str, stack: str = "dev", **values: object) -> Way:
    statement = {key: value for key, value in {**ALL, **values}.items() if value is not None}
    text = json.dumps({"Statement": [statement]})
    return Way(title, lambda graph: graph.having(USER_POLICY, _first(graph), "policy", text), "is not denied", stack)


def _first(graph: Graph) -> str:
    return graph.all(USER_POLICY)[0].name


WAYS = Ways(
    violations=(
        _policy("some actions", Action="s3:*"),
        _policy("some actions in prod", Action="s3:*", stack="prod"),
        _policy("all but some", Action=None, NotAction="sts:*"),
        _policy("some resources", Resource="arn:aws:s3:::x"),
        _policy("all resources but some", Resource=None, NotResource="arn:aws:s3:::x"),
        _policy("on a condition", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        Way("no JSON", lambda graph: graph.having(USER_POLICY, None, "policy", "{"), "is not denied everything"),
        Way("no policy", lambda graph: graph.without(USER_POLICY), "svc-billing-export is not denied"),
        Way("of another user", lambda graph: graph.without(USER_POLICY, "svc-crm-sync"), "svc-crm-sync is", "prod"),
    ),
    compliant=(
        _policy("as lists", Action=["*"], Resource=["*"]),
        Way("two policies", lambda graph: graph.plus(graph.only(USER_POLICY), "more", policy=ALSO)),
    ),
    unknown=(Way("the policy", lambda graph: graph.having(USER_POLICY, None, "policy", UNKNOWN)),),
)
