"""The IAM permissions that deploying a resource takes: the terms in which a resource type states them.

A type states which actions it needs on which ARNs. Combining these into a role's policies is left to the reader.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

ANY = "*"


class Verb(StrEnum):
    """The operation that an action is needed for."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    TAG = "tag"
    PASS_ROLE = "pass a role"  # noqa: S105 no password


class PlannedResource(Protocol):
    """A resource of a preview, from which a type derives the ARNs that it needs permissions on.

    An input that is the output of another resource is unknown in a preview; `referred` resolves that resource.
    """

    def get(self, key: str) -> Any:
        """Return an input, or None when it is not set. An unknown input is Pulumi's sentinel."""
        ...

    def name(self, key: str = "name") -> str:
        """Return an input that is a name; raise if it is unset or unknown."""
        ...

    def name_pattern(self, key: str = "name") -> str:
        """Return a name as `name` does, with a wildcard for the part that a policy must not depend on."""
        ...

    def referred(self, key: str, type: str) -> "PlannedResource":
        """Return the resource of this Pulumi type whose output the input is; raise if there is none."""
        ...

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in this resource's region and account."""
        ...

    def iam_arn(self, resource: str) -> str:
        """Return an IAM ARN in this resource's account; it has no region."""
        ...


Arns = Callable[[PlannedResource], tuple[str, ...]]


def _always(resource: PlannedResource) -> bool:
    return True


@dataclass(frozen=True)
class Grant:
    """Actions, separated by blanks, for one verb.

    `on` derives their ARNs, if they are not the type's own; `anything` for actions that take no resource. `when` is for
    actions that only some settings need. `passed_to` is the service to which a role may be passed.
    """

    verb: Verb
    actions: str
    on: Arns | None = None
    when: Callable[[PlannedResource], bool] = _always
    passed_to: str = ""


@dataclass(frozen=True)
class DeployPermissions:
    """All permissions that deploying a resource of one Pulumi type takes.

    `source` is the file of terraform-provider-aws, which pulumi-aws wraps, whose API calls the grants list: the real
    provider calls more than the lab's. `on` derives the ARNs of the resource as IAM spells them (service authorization
    reference, of which the tests have an extract).
    """

    source: str
    on: Arns
    grants: tuple[Grant, ...]


def anything(resource: PlannedResource) -> tuple[str, ...]:
    """Return the ARN for actions that take no resource (service authorization reference)."""
    return (ANY,)
