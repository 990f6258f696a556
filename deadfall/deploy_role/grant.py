"""What managing one Pulumi type asks of AWS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .planned import Planned

ANY = "*"


class Verb(StrEnum):
    """What an action is needed for."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    TAG = "tag"
    PASS_ROLE = "pass a role"  # noqa: S105 no password


def always(resource: Planned) -> bool:
    return True


@dataclass(frozen=True)
class Grant:
    """Actions, separated by blanks, for one verb.

    `on` gives their ARNs, if they are not the type's own; ANY for actions that take no resource. `when` is for actions
    that only some settings ask for. `passed_to` is the service to which a role may be passed.
    """

    verb: Verb
    actions: str
    on: Callable[[Planned], tuple[str, ...]] | None = None
    when: Callable[[Planned], bool] = always
    passed_to: str = ""


@dataclass(frozen=True)
class ResourceType:
    """A Pulumi type: its ARNs as IAM spells them, and the grants.

    `source` is the file of terraform-provider-aws, which pulumi-aws wraps, whose calls the grants are: the real
    provider calls more than the lab's.
    """

    pulumi_type: str
    source: str
    on: Callable[[Planned], tuple[str, ...]]
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class Permission:
    """One action on one ARN. For ANY, the region in which it is asked for; for a passed role, the service."""

    action: str
    resource: str
    region: str = ""
    passed_to: str = ""


def permissions(resource: Planned, of: ResourceType) -> Iterator[Permission]:
    """All that this resource asks for."""
    for grant in of.grants:
        if not grant.when(resource):
            continue
        for arn in (grant.on or of.on)(resource):
            for action in grant.actions.split():
                yield Permission(action, arn, resource.region if arn == ANY else "", grant.passed_to)


def anything(resource: Planned) -> tuple[str, ...]:
    """For actions that take no resource (service authorization reference): limited to the region instead."""
    return (ANY,)
