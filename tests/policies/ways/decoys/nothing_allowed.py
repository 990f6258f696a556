from guardrails.types import (
    GROUP_MEMBERSHIP,
    POLICY_ATTACHMENT,
    USER_GROUP_MEMBERSHIP,
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
)
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

USER = "svc-billing-export"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ALLOW = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}


def _beside_the_deny(graph: Graph) -> Graph:
    return graph.with_document(USER_POLICY, USER, "policy", lambda found: found.append(ALLOW))


def _all_but_some(graph: Graph) -> Graph:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    return graph.with_document(USER_POLICY, USER, "policy", lambda found: found.append(statement))


WAYS = Ways(
    violations=(
        Way("beside the deny", _beside_the_deny, "allowed s3:listallmybuckets"),
        Way("in prod", _beside_the_deny, "allowed s3:listallmybuckets", stack="prod"),
        Way("all but some", _all_but_some, "allowed all but some"),
        Way(
            "attached",
            lambda graph: graph.adding(USER_POLICY_ATTACHMENT, "x", USER, user=USER, policyArn=READ_ONLY),
            "attached to a user",
        ),
        Way(
            "attached to many",
            lambda graph: graph.adding(POLICY_ATTACHMENT, "x", USER, users=[USER], policyArn=READ_ONLY),
            "attached to a user",
        ),
        Way("grouped", lambda graph: graph.adding(USER_GROUP_MEMBERSHIP, "x", USER, user=USER, groups=["g"]), "group"),
        Way("in a group", lambda graph: graph.adding(GROUP_MEMBERSHIP, "x", USER, group="g", users=[USER]), "group"),
    ),
    unknown=(Way("to whom", lambda graph: graph.adding(POLICY_ATTACHMENT, "x", USER, users=UNKNOWN)),),
)
