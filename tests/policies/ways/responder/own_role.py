from collections.abc import Callable
from dataclasses import replace

from guardrails.types import FUNCTION, ROLE, ROLE_POLICY
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _running_as(role: str, **urns: tuple[str, ...]) -> Callable[[Graph], Graph]:
    """With the function running as another role, which it does not depend on."""

    def change(graph: Graph) -> Graph:
        return graph.mutated(
            lambda function: replace(function.having("role", role), property_dependencies=urns), FUNCTION
        )

    return change


def _elsewhere(role: str) -> Callable[[Graph], Graph]:
    """With the role and its policy not made by this stack."""

    def change(graph: Graph) -> Graph:
        return _running_as(role)(graph).without(ROLE, "responder").without(ROLE_POLICY, "responder")

    return change


WAYS = Ways(
    violations=(
        Way("by its ARN", _elsewhere("arn:aws:iam::111122223333:role/admin"), "runs as a role from elsewhere"),
        Way("of another account", _elsewhere("arn:aws:iam::999999999999:role/x"), "account-audit-responder runs as"),
        Way("not known whose", _elsewhere(UNKNOWN), "runs as a role from elsewhere"),
    ),
    compliant=(Way("by its name", _running_as("arn:aws:iam::111122223333:role/account-audit-responder")),),
    never_unknown="whose role it is shows in the dependency before its ARN is known",
)
