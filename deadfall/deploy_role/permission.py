"""The single permissions that deploying one planned resource takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from deadfall.lab.provider.grants import ANY, DeployPermissions

from .planned import Planned


@dataclass(frozen=True)
class Permission:
    """One action on one ARN. For ANY, the region in which the stack uses it; for a passed role, the service."""

    action: str
    resource: str
    region: str = ""
    passed_to: str = ""


def permissions(resource: Planned, needed: DeployPermissions) -> Iterator[Permission]:
    """Yield every permission that deploying this resource takes, given what its type needs."""
    for grant in needed.grants:
        if not grant.when(resource):
            continue
        for arn in (grant.on or needed.on)(resource):
            for action in grant.actions.split():
                yield Permission(action, arn, resource.region if arn == ANY else "", grant.passed_to)
