"""Generate the policies of a stack's deploy role."""

from collections.abc import Mapping, Sequence
from typing import Any

from deadfall.config import StackConfig
from deadfall.lab.engine import Resource
from deadfall.lab.provider.resource_types import RESOURCE_TYPES
from deadfall.stack_lab import StackLab

from .documents import Document, documents
from .error import DeployRoleError
from .permission import Permission, permissions
from .planned import Stack, planned
from .statements import Statement, statements


class UnknownTypeError(DeployRoleError):
    """A resource has a type that the lab does not implement; the message is one sentence."""


def needed(resources: Sequence[Resource], config: StackConfig) -> list[Permission]:
    """Return every permission that deploying the resources of a preview takes.

    Raises:
        UnknownTypeError: a resource is of a type that is not in `RESOURCE_TYPES`.
        UnknownNameError: a name is not known in a preview.
    """
    stack = Stack(config.account_id, config.home, config.prefix)
    found: list[Permission] = []
    for resource in planned(resources, stack):
        if resource.type not in RESOURCE_TYPES:
            raise UnknownTypeError(f"{resource.type}: add this type to deadfall/lab/provider/resource_types")
        found += permissions(resource, RESOURCE_TYPES[resource.type].deploy_permissions)
    return found


def role_statements(resources: Sequence[Resource], config: StackConfig) -> list[Statement]:
    """Return the statements for the resources of a preview. Raises the same errors as `needed`."""
    return statements(needed(resources, config))


def policies(stack: str, overrides: Mapping[str, Any] | None = None) -> list[Document]:
    """Return a stack's managed policies, from a preview in the lab, which needs no AWS account and deploys nothing.

    Args:
        stack: the stack's name, as in Pulumi.<stack>.yaml.
        overrides: config values that replace those of the stack's file.

    Raises:
        ConfigError, ProjectError: the stack's config is wrong.
        DeploymentError, EmulatorError: the preview failed.
        DeployRoleError: the policies can't be generated.
    """
    with StackLab.started(stack, overrides) as lab:
        return documents(role_statements(lab.deployment.preview().resources, lab.config))
