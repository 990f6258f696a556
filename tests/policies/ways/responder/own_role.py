from collections.abc import Callable
from dataclasses import replace

from guardrails.types import FUNCTION
from tests.policies.graph import UNKNOWN, Graph
from tests.policies.way import Way, Ways


def _running_as(role: str, **urns: tuple[str, ...]) -> Callable[[Graph], Graph]:
    """With the function running as another role, which it does not depend on."""

    def change(graph: Graph) -> Graph:
        return graph.mutated(
            lambda function: replace(function.having("role", role), property_dependencies=urns), FUNCTION
        )

    return change


WAYS = Ways(
    violations=(
        Way("by its ARN", _running_as("arn:aws:iam::111122223333:role/admin"), "runs as a role from elsewhere"),
        Way("of another account", _running_as("arn:aws:iam::999999999999:role/x"), "account-audit-responder runs as"),
        Way("not known whose", _running_as(UNKNOWN), "runs as a role from elsewhere"),
    ),
    compliant=(Way("by its name", _running_as("arn:aws:iam::111122223333:role/account-audit-responder")),),
    never_unknown="whose role it is shows in the dependency before its ARN is known",
)
