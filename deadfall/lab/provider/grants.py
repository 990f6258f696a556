"""The vocabulary in which a resource type declares the IAM permissions for deploying it.

A type declares actions and the ARNs that they need. Combining these into a role's policies is up to the caller.
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
    """A resource of a preview, from which a type derives the ARNs for its permissions.

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
    """Actions for one verb, separated by blanks.

    `on` derives their ARNs if they differ from the type's own; it is `anything` for actions without a resource. `when`
    limits the grant to resources with certain settings. `passed_to` is the service to which a role may be passed.
    """

    verb: Verb
    actions: str
    on: Arns | None = None
    when: Callable[[PlannedResource], bool] = _always
    passed_to: str = ""


@dataclass(frozen=True)
class DeployPermissions:
    """All permissions for deploying a resource of one Pulumi type.

    The grants cover the API calls in `source`, a file of terraform-provider-aws, which pulumi-aws wraps: the real
    provider makes more calls than the lab's. `on` derives the ARNs of the resource in IAM's format (service
    authorization reference; the tests have an extract).
    """

    source: str
    on: Arns
    grants: tuple[Grant, ...]


def anything(resource: PlannedResource) -> tuple[str, ...]:
    """Return the ARN for actions without a resource (service authorization reference)."""
    return (ANY,)
