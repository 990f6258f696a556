"""The lab's Pulumi resource types, one file per AWS service.

A resource type is a class in a file of this folder that sets `pulumi_type`. Files are discovered; a new one needs no
registration.
"""

import importlib
import pkgutil

from ..resource_type import ResourceType


def discover() -> dict[str, ResourceType]:
    """Return the resource types that the files of this folder define, by Pulumi type.

    Raises:
        ValueError: two classes define the same Pulumi type.
    """
    found: dict[str, ResourceType] = {}
    for file in pkgutil.iter_modules(__path__, f"{__name__}."):
        module = importlib.import_module(file.name)
        for value in vars(module).values():
            if not (isinstance(value, type) and value.__module__ == file.name and "pulumi_type" in vars(value)):
                continue
            resource_type: ResourceType = value()
            if other := found.get(resource_type.pulumi_type):
                raise ValueError(
                    f"{resource_type.pulumi_type}: both {type(other).__name__} and {value.__name__} define it"
                )
            found[resource_type.pulumi_type] = resource_type
    return found


RESOURCE_TYPES = discover()
