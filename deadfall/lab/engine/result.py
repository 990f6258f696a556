"""What an operation of an engine reports: events while it runs, a result or an error at the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..provider.values import SECRET, is_unknown, reveal, signature

HIDDEN = "[secret]"
NOT_KNOWN = "[unknown]"


@dataclass(frozen=True)
class Resource:
    """A resource as the program registered it.

    `inputs` are those that the provider's Check returned, which Pulumi displays and policies evaluate: in camelCase,
    resources as ids, secrets wrapped (`provider.values`) together with the value that contains them, unknowns as
    sentinels. `outputs` are those that the program received. `provider` is `urn::id`, or empty.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    provider: str
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    protect: bool
    retain_on_delete: bool
    ignore_changes: tuple[str, ...]
    additional_secret_outputs: tuple[str, ...]
    aliases: tuple[str, ...]
    """Its possible earlier URNs."""


@dataclass(frozen=True)
class Diagnostic:
    """A message of the program or the engine. `severity` is debug, info, warning or error."""

    severity: str
    message: str
    urn: str = ""


@dataclass
class Changes:
    """URNs by kind of change; in a preview, of the expected change. True if anything changes."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.updated or self.replaced or self.deleted)


@dataclass(frozen=True)
class Event:
    """One step of a running operation; unchanged resources have none. `seconds` is its duration, once it is over."""

    stage: Literal["started", "done", "failed"]
    action: Literal["create", "update", "replace", "delete", "read"]
    urn: str
    seconds: float = 0.0


OnEvent = Callable[[Event], None]


@dataclass
class Result:
    """The result of an operation. `resources` are in the order of registration; a destroy or refresh registers none."""

    resources: list[Resource] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    stack_outputs: Mapping[str, Any] = field(default_factory=dict)
    """The stack's outputs, with secrets wrapped as in `Resource.inputs`."""

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs for display, with secrets and a preview's sentinels replaced."""
        return {key: _hidden(value) for key, value in self.stack_outputs.items()}

    def revealed_outputs(self) -> dict[str, Any]:
        """Return the stack's outputs with secrets in plain text."""
        return reveal(dict(self.stack_outputs))


def _hidden(value: Any) -> Any:
    if signature(value) == SECRET:
        return HIDDEN
    if is_unknown(value):
        return NOT_KNOWN
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in value.items()}
    return [_hidden(item) for item in value] if isinstance(value, list) else value


class DeploymentError(Exception):
    """A failed operation, described in one sentence per failure; `result` has what was done before."""

    def __init__(self, message: str, result: Result | None = None) -> None:
        super().__init__(message)
        self.result = result or Result()
