"""The engine's state of a stack's resources between operations, and its file.

The file contains random references instead of secrets; their values are in a second file beside it that only its owner
can read (`<state>.secrets`, mode 0600). This prevents showing, sharing or committing secrets with the state by
accident; it does not protect them from a reader of both files.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..provider.values import SECRET, SIGNATURE, signature
from .urn import provider_urn

_REFERENCE = "reference"


@dataclass
class ResourceState:
    """A resource after the last operation."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    parent: str = ""
    provider: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    init_errors: list[str] = field(default_factory=list)
    """Why the resource is incomplete, although it exists."""
    pending_deletion: bool = False
    """This resource was replaced, but not deleted yet."""

    def depends_on(self) -> set[str]:
        """Return the URNs of the resources that must be deleted after this one."""
        of_properties = {urn for urns in self.property_dependencies.values() for urn in urns}
        return {self.parent, provider_urn(self.provider), *self.dependencies, *of_properties} - {""}


class StateError(Exception):
    """A state file is unusable; the text is one sentence."""


def load(file: Path) -> list[ResourceState]:
    """Return the resources of the last operation, or none if there was no operation.

    Raises:
        StateError: the file or its secrets file is unreadable or malformed.
    """
    if not file.exists():
        return []
    try:
        values = json.loads(_secrets_file(file).read_text())["values"] if _secrets_file(file).exists() else {}
        resources = json.loads(file.read_text())["resources"]
        return [ResourceState(**_with_secrets(resource, values)) for resource in resources]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(f"the state file {file} cannot be read: {type(error).__name__}: {error}") from error


def save(file: Path, resources: Iterable[ResourceState]) -> None:
    """Write the resources; if there are none, remove the files."""
    saved = [asdict(resource) for resource in resources]
    if not saved:
        file.unlink(missing_ok=True)
        _secrets_file(file).unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    values: dict[str, Any] = {}
    content = {"version": 1, "resources": [_without_secrets(resource, values) for resource in saved]}
    _write(_secrets_file(file), {"values": values})
    _write(file, content)


def _secrets_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.secrets")


def _write(file: Path, content: Any) -> None:
    """Replace the file atomically, readable by its owner only."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(content, stream, indent=1)
    new.replace(file)


def _without_secrets(value: Any, values: dict[str, Any]) -> Any:
    if signature(value) == SECRET:
        reference = secrets.token_hex(16)
        values[reference] = value["value"]
        return {SIGNATURE: SECRET, _REFERENCE: reference}
    if isinstance(value, dict):
        return {k: _without_secrets(v, values) for k, v in value.items()}
    return [_without_secrets(v, values) for v in value] if isinstance(value, list) else value


def _with_secrets(value: Any, values: Mapping[str, Any]) -> Any:
    if signature(value) == SECRET:
        return {SIGNATURE: SECRET, "value": values[value[_REFERENCE]]}
    if isinstance(value, dict):
        return {k: _with_secrets(v, values) for k, v in value.items()}
    return [_with_secrets(v, values) for v in value] if isinstance(value, list) else value


def dependents_first(resources: Iterable[ResourceState]) -> Iterator[ResourceState]:
    """Yield the resources in an order for deletion: each before its dependencies."""
    remaining = list(resources)
    while remaining:
        needed = {urn for resource in remaining for urn in resource.depends_on() - {resource.urn}}
        free = [resource for resource in remaining if resource.urn not in needed]
        if not free:  # programs cannot register a cycle; if there is one, use the given order
            free = remaining[:]
        yield from free
        remaining = [resource for resource in remaining if resource not in free]
