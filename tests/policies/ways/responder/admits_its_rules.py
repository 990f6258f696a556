from typing import Any

from guardrails.types import LAMBDA_PERMISSION
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _permission(title: str, told: str = "", stack: str = "dev", **values: Any) -> Way:
    def change(graph: Graph) -> Graph:
        for key, value in values.items():
            graph = graph.having(LAMBDA_PERMISSION, None, key, value)
        return graph

    return Way(title, change, told, stack)


RULES = "arn:aws:events:eu-west-1:111122223333:rule"
NOBODY = "No permission lets rule account-audit-"

WAYS = Ways(
    violations=(
        Way("none", lambda graph: graph.without(LAMBDA_PERMISSION), NOBODY),
        Way("none in prod", lambda graph: graph.without(LAMBDA_PERMISSION), "rule account-records-", stack="prod"),
        _permission("asks for a source account", NOBODY, sourceAccount="111122223333"),
        _permission("asks for an organization", NOBODY, principalOrgId="o-1"),
        _permission("of a version", NOBODY, qualifier="1"),
        _permission("another action", NOBODY, action="lambda:GetFunction"),
        _permission("one rule", "rule account-audit-trail-change", sourceArn=f"{RULES}/account-audit-root-use"),
        _permission("another prefix", NOBODY, sourceArn=f"{RULES}/records-*"),
        _permission("another region", NOBODY, sourceArn="arn:aws:events:us-east-1:111122223333:rule/account-audit-*"),
    ),
    compliant=(
        _permission("any action of Lambda", action="lambda:*"),
        _permission("by a pattern of one character", sourceArn=f"{RULES}/account?audit-*"),
    ),
    unknown=(_permission("which rules", sourceArn=UNKNOWN),),
)
