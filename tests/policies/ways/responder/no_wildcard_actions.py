from guardrails.types import ROLE_POLICY
from tests.policies.granted import granted, unreadable
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

USERS = "arn:aws:iam::111122223333:user/*"


def _second(graph: Graph) -> Graph:
    like = graph.only(ROLE_POLICY, "responder")
    text = '{"Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:user/x"}}'
    return graph.plus(like, "second", policy=text)


WAYS = Ways(
    violations=(
        Way("all of a service", granted(Action="sqs:*"), "'Added' allows sqs:*"),
        Way("everything", granted(Action="*"), "allows *"),
        Way("a beginning", granted(Action=["iam:GetUser", "iam:Create*"], Resource=USERS), "allows iam:create*"),
        Way("one character", granted(Action="sqs:SendMessag?"), "allows sqs:sendmessag?"),
        Way("all but some", granted(Action=None, NotAction="iam:*"), "all actions but some"),
        Way("in another policy", _second, "allows iam:*"),
        Way("in prod", granted(Action="sqs:*"), "allows sqs:*", stack="prod"),
    ),
    compliant=(
        Way("a deny may", granted(Effect="Deny", Action="sqs:*", Resource="*")),
        Way("a deny of all but some", granted(Effect="Deny", Action=None, NotAction="sqs:SendMessage")),
        Way(
            "another role is not the responder's",
            lambda graph: graph.with_document(
                ROLE_POLICY, "forwarder", "policy", lambda found: found[0].update(Action="events:Put*")
            ),
        ),
    ),
    unknown=(Way("the policy", unreadable(UNKNOWN)),),
)
