"""What an operation of the engine tells: events while it runs, a result or an error when it is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..provider.values import SECRET, is_unknown, reveal, signature

HIDDEN = "[secret]"
NOT_KNOWN = "[unknown]"


@dataclass(frozen=True)
class Resource:
    """A resource as the program registered it.

    `inputs` are as the provider checked them, which is what Pulumi shows and policies judge: camelCase, a resource in
    them as its id, secrets wrapped (`provider.values`) together with the value that they are in, unknowns as sentinels.
    `outputs` are what the program got back. `provider` is `urn::id`, or empty.
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
    """The URNs that it may have had before."""


@dataclass(frozen=True)
class Diagnostic:
    """What the program or the engine had to say: `severity` is debug, info, warning or error."""

    severity: str
    message: str
    urn: str = ""


@dataclass
class Changes:
    """URNs by what was done to them, or would be in a preview. True if there is anything to do."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.updated or self.replaced or self.deleted)


@dataclass(frozen=True)
class Event:
    """One step of a running operation (none for what stays as it is). `seconds`: how long it took, once it is over."""

    stage: Literal["started", "done", "failed"]
    action: Literal["create", "update", "replace", "delete", "read"]
    urn: str
    seconds: float = 0.0


OnEvent = Callable[[Event], None]


@dataclass
class Result:
    """What an operation did. `resources` are in the order of registration; a destroy or refresh registers none."""

    resources: list[Resource] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    stack_outputs: Mapping[str, Any] = field(default_factory=dict)
    """The stack's outputs, with secrets wrapped as in `Resource.inputs`."""

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs for showing: secrets are hidden, and so are the sentinels of a preview."""
        return {key: _hidden(value) for key, value in self.stack_outputs.items()}

    def revealed_outputs(self) -> dict[str, Any]:
        """The stack's outputs with secrets in plain text."""
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
    """An operation that could not be done, in one sentence per thing that is wrong; `result` is how far it came."""

    def __init__(self, message: str, result: Result | None = None) -> None:
        super().__init__(message)
        self.result = result or Result()
