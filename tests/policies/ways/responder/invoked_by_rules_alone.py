from typing import Any

from guardrails.types import FUNCTION_URL, LAMBDA_PERMISSION
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways


def _permission(title: str, told: str = "", stack: str = "dev", **values: Any) -> Way:
    """One more permission: the shipped one goes on admitting the rules."""
    return Way(
        title,
        lambda graph: graph.plus(graph.only(LAMBDA_PERMISSION), "more", **{"statementId": "more", **values}),
        told,
        stack,
    )


RULES = "arn:aws:events:eu-west-1:111122223333:rule"

WAYS = Ways(
    violations=(
        _permission("everybody", "admits *", principal="*"),
        _permission("another account", "admits 999999999999", principal="999999999999"),
        _permission("another service", "admits s3.amazonaws.com", principal="s3.amazonaws.com"),
        _permission("everybody in prod", "admits *", principal="*", stack="prod"),
        _permission("all rules of AWS", "rules by nothing", sourceArn=None),
        _permission("all rules here", f"rules by {RULES}/*", sourceArn=f"{RULES}/*"),
        _permission("all regions", "rules by", sourceArn="arn:aws:events:*:111122223333:rule/account-audit-*"),
        _permission("another account's", "rules by", sourceArn="arn:aws:events:eu-west-1:999999999999:rule/x"),
        _permission("a bus", "rules by", sourceArn="arn:aws:events:eu-west-1:111122223333:event-bus/default"),
        _permission("of another service", "rules by", sourceArn="arn:aws:config:eu-west-1:111122223333:rule/x"),
        _permission("no ARN", "rules by x", sourceArn="x"),
        Way(
            "a URL",
            lambda graph: graph.adding(
                FUNCTION_URL, "url", "responder", region="eu-west-1", functionName="account-audit-responder"
            ),
            "has a URL",
        ),
    ),
    compliant=(_permission("one rule", sourceArn=f"{RULES}/account-audit-root-use"),),
    unknown=(_permission("who", principal=UNKNOWN), _permission("which rules", sourceArn=UNKNOWN)),
)
