import json

from guardrails.types import SECRET, SECRET_POLICY
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

READ = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
OWN = "arn:aws:iam::111122223333:role/app"
SAML = "arn:aws:iam::111122223333:saml-provider/x"
OTHER = "arn:aws:iam::999999999999:root"
DECOY = "prod/billing/postgres-eu-west-1"


def _document(**statement: object) -> str:
    return json.dumps({"Statement": [{**READ, **statement}]})


def _within(graph: Graph, **statement: object) -> Graph:
    return graph.having(SECRET, None, "policy", _document(**statement))


def _beside(graph: Graph, **statement: object) -> Graph:
    return graph.adding(SECRET_POLICY, "x", DECOY, region="eu-west-1", policy=_document(**statement))


WAYS = Ways(
    violations=(
        Way("another account", lambda graph: _within(graph, Principal={"AWS": OTHER}), f"admits AWS:{OTHER}"),
        Way("its number", lambda graph: _within(graph, Principal={"AWS": "999999999999"}), "admits AWS:999999999999"),
        Way("beside our own", lambda graph: _within(graph, Principal={"AWS": [OWN, OTHER]}), f"admits AWS:{OTHER}"),
        Way("everybody", lambda graph: _beside(graph, Principal="*"), "admits *"),
        Way("on a condition", lambda graph: _beside(graph, Principal="*", Condition={"Bool": {}}), "admits *"),
        Way("every AWS account", lambda graph: _beside(graph, Principal={"AWS": "*"}), "admits AWS:*"),
        Way("a service", lambda graph: _beside(graph, Principal={"Service": "rds.amazonaws.com"}), "Service:rds"),
        Way("by SAML", lambda graph: _beside(graph, Principal={"Federated": SAML}), "admits Federated:"),
        Way("all but one", lambda graph: _beside(graph, NotPrincipal={"AWS": OWN}), "admits all but some"),
        Way("no JSON", lambda graph: graph.having(SECRET, None, "policy", "{"), "no policy document"),
    ),
    compliant=(
        Way("a role of ours", lambda graph: _within(graph, Principal={"AWS": OWN})),
        Way("our account", lambda graph: _beside(graph, Principal={"AWS": "111122223333"})),
        Way("a deny", lambda graph: _beside(graph, Effect="Deny", Principal="*")),
    ),
    unknown=(Way("the policy", lambda graph: graph.having(SECRET, None, "policy", UNKNOWN)),),
)
