"""A resource of a preview, with the names that its permissions need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deadfall.lab.engine import Resource
from deadfall.lab.provider.values import is_unknown, reveal
from deadfall.names import PARTITION

from .error import DeployRoleError


class UnknownNameError(DeployRoleError):
    """A name is unknown before deployment; the message is one sentence that names the resource."""


@dataclass(frozen=True)
class Stack:
    """What all resources of a stack share: account id, home region, and name prefix."""

    account_id: str
    home: str
    prefix: str


class Planned:
    """One custom resource of a preview.

    An input that is another resource's output is not known yet, but the graph names that resource, whose name is one of
    its own inputs.
    """

    def __init__(self, resource: Resource, stack: Stack, others: Mapping[str, "Planned"]) -> None:
        self.type = resource.type
        self.stack = stack
        self._resource = resource
        self._others = others
        self._inputs: dict[str, Any] = reveal(dict(resource.inputs))

    @property
    def region(self) -> str:
        return self._inputs.get("region", self.stack.home)

    def get(self, key: str) -> Any:
        """Return an input, or None if it is not set. An unknown input is Pulumi's sentinel for unknowns."""
        return self._inputs.get(key)

    def name(self, key: str = "name") -> str:
        """Return an input that is a name.

        Raises:
            UnknownNameError: it is unset or unknown.
        """
        value = self.get(key)
        if not isinstance(value, str) or is_unknown(value):
            raise UnknownNameError(
                f"{self._resource.name}: its {key} is not known in a preview; "
                "in the component, build it from config values"
            )
        return value

    def name_pattern(self, key: str = "name") -> str:
        """Return a name; of a name that begins with the stack's prefix, only the prefix and a wildcard.

        Rules and alarms of a decoy are named after an id that is keyed with the stack's seed, so that their names do
        not give the decoy away. The policy must not depend on that secret.

        Raises:
            UnknownNameError: it is unset or unknown.
        """
        name, prefix = self.name(key), f"{self.stack.prefix}-"
        return f"{prefix}*" if name.startswith(prefix) else name

    def referred(self, key: str, type: str) -> "Planned":
        """Return the resource of this type whose output the input is.

        Raises:
            UnknownNameError: the graph has none.
        """
        for urn in self._resource.property_dependencies.get(key, ()):
            if (other := self._others.get(urn)) and other.type == type:
                return other
        raise UnknownNameError(f"{self._resource.name}: its {key} is not an output of any {type} in the stack")

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in this resource's region and account."""
        return f"arn:{PARTITION}:{service}:{self.region}:{self.stack.account_id}:{resource}"

    def iam_arn(self, resource: str) -> str:
        return f"arn:{PARTITION}:iam::{self.stack.account_id}:{resource}"


def planned(resources: Sequence[Resource], stack: Stack) -> list[Planned]:
    """Return the preview's custom resources, without providers (they have no AWS counterpart)."""
    found: dict[str, Planned] = {}
    for resource in resources:
        if resource.custom and not resource.type.startswith("pulumi:providers:"):
            found[resource.urn] = Planned(resource, stack, found)
    return list(found.values())
