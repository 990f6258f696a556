from collections.abc import Callable
from dataclasses import replace
from typing import Any

from guardrails.types import FUNCTION, ROLE, ROLE_POLICY
from tests.policies.granted import granted, unreadable
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways

SELF = "role/account-audit-responder"


def _iam(resource: str) -> str:
    return f"arn:aws:iam::111122223333:{resource}"


def _denying(change: Callable[[dict[str, Any]], Any]) -> Callable[[Graph], Graph]:
    """With the deny statement changed in place."""

    def edit(found: list[dict[str, Any]]) -> None:
        change(next(statement for statement in found if statement["Effect"] == "Deny"))

    return lambda graph: graph.with_document(ROLE_POLICY, "responder", "policy", edit)


def _without_deny(graph: Graph) -> Graph:
    return graph.with_document(ROLE_POLICY, "responder", "policy", lambda found: found.pop())


def _second_role(graph: Graph) -> Graph:
    """With the function running as one of two roles, of which the second is denied nothing."""
    role = graph.only(ROLE, "responder")
    graph = _denying(lambda deny: deny["Resource"].append(_iam("role/second")))(graph)
    graph = graph.plus(role, "second", name="second")
    either = {"role": (role.urn, graph.only(ROLE, "second").urn)}
    return graph.mutated(
        lambda function: replace(function, property_dependencies={**function.property_dependencies, **either}), FUNCTION
    )


def _without(name: str, told: str, stack: str = "dev") -> Way:
    def change(deny: dict[str, Any]) -> None:
        kept = [arn for arn in deny["Resource"] if not arn.endswith(f":{name}")]
        assert len(kept) == len(deny["Resource"]) - 1, name
        deny["Resource"] = kept

    return Way(f"without {name}", _denying(change), told, stack)


WAYS = Ways(
    violations=(
        _without(SELF, "on itself"),
        _without("role/deploy", "on the deploy role"),
        _without("role/break-glass", "on break-glass"),
        _without("user/svc-billing-export", "on the decoy"),
        _without("user/svc-crm-sync", "on the decoy", "prod"),
        _without("user/emergency", "on break-glass", "prod"),
        _without("role/OrganizationAccountAccessRole", "a reserved role"),
        _without("role/AWSControlTowerExecution", "a reserved role"),
        _without("role/stacksets-exec-*", "a reserved role"),
        _without("role/aws-service-role/*", "a reserved role"),
        _without("role/aws-reserved/*", "a reserved role"),
        _without("role/AWSServiceRoleFor*", "a reserved role"),
        _without("role/AWSReservedSSO_*", "a reserved role"),
        Way("no deny", _without_deny, "on itself"),
        Way("a second role without a deny", _second_role, "on the deploy role"),
        Way("an effect that is none", _denying(lambda deny: deny.update(Effect="deny")), "is no policy document"),
        Way("some actions", _denying(lambda deny: deny.update(Action="iam:Put*")), "on itself"),
        Way("a condition", _denying(lambda deny: deny.update(Condition={"Bool": {"x": "true"}})), "on itself"),
        Way("all but these", _denying(lambda deny: deny.update(NotResource=deny.pop("Resource"))), "on itself"),
        Way("config names another", lambda graph: graph.configured(breakGlassArns=[_iam("user/boss")]), "user/boss"),
        Way("config names another role", lambda graph: graph.configured(deployRoleArn=_iam("role/ci")), "role/ci"),
        Way("the role has a path", lambda graph: graph.having(ROLE, "responder", "path", "/ops/"), "role/ops/account"),
        Way("no JSON", unreadable("{"), "is no policy document"),
        Way("no document", unreadable("[]"), "is no policy document"),
        Way("no statements", unreadable('{"Statement": ["x"]}'), "is no policy document"),
        Way("no policy", lambda graph: graph.without(ROLE_POLICY, "responder"), "on itself"),
    ),
    compliant=(
        Way("everything denied", _denying(lambda deny: deny.update(Action=["s3:*", "*"]))),
        Way("everybody denied", _denying(lambda deny: deny.update(Resource=_iam("*")))),
        Way(
            "in another policy",
            lambda graph: granted(Effect="Deny", Action="iam:*", Resource=_iam(SELF))(_moved(graph)),
        ),
    ),
    unknown=(Way("the policy", unreadable(UNKNOWN)),),
)


def _moved(graph: Graph) -> Graph:
    """The deny in a policy of its own."""
    like = graph.only(ROLE_POLICY, "responder")
    own = graph.plus(like, "never").having(ROLE_POLICY, "never", "name", "never")
    own = own.with_document(ROLE_POLICY, "never", "policy", lambda found: found.__delitem__(slice(0, -1)))
    return own.with_document(ROLE_POLICY, "responder", "policy", lambda found: found.pop())
