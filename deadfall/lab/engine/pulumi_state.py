"""Reads resources from what the pulumi CLI writes: the state that it exports, the document of a preview."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..provider.schema import AUTONAMES
from ..provider.values import SECRET, secret, signature
from . import urn as urns
from .result import HIDDEN, Resource

# What Pulumi and its AWS provider keep in the inputs beside what the program gave.
_INTERNAL = frozenset({AUTONAMES, "__internal"})


def resources(states: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """The resources of a state (`sdk/go/common/apitype/core.go` of pulumi/pulumi, ResourceV3), but for those that were
    replaced and are yet to be deleted."""
    return [_resource(state) for state in states if not state.get("delete")]


def of_preview(document: Mapping[str, Any]) -> list[Resource]:
    """The resources that would be there after what `pulumi preview --json --show-sames` foresees."""
    states = {step["urn"]: step["newState"] for step in document.get("steps", ()) if "newState" in step}
    return resources(states.values())


def _resource(state: Mapping[str, Any]) -> Resource:
    inputs = {key: value for key, value in state.get("inputs", {}).items() if key not in _INTERNAL}
    return Resource(
        urn=state["urn"],
        type=state["type"],
        name=urns.name(state["urn"]),
        parent=state.get("parent", ""),
        custom=state["custom"],
        provider=state.get("provider", ""),
        id=state.get("id", ""),
        inputs=plain(inputs),
        outputs=plain(state.get("outputs", {})),
        dependencies=tuple(sorted(state.get("dependencies", ()))),
        property_dependencies={
            key: tuple(sorted(urns or ())) for key, urns in sorted(state.get("propertyDependencies", {}).items())
        },
        protect=state.get("protect", False),
        retain_on_delete=state.get("retainOnDelete", False),
        ignore_changes=tuple(state.get("ignoreChanges", ())),
        additional_secret_outputs=tuple(state.get("additionalSecretOutputs", ())),
        aliases=tuple(state.get("aliases", ())),
    )


def plain(value: Any) -> Any:
    """A value with its secrets wrapped as everywhere in the lab; what they are, previews and events do not tell."""
    if value == HIDDEN:
        return secret(HIDDEN)
    if signature(value) == SECRET:
        return secret(json.loads(value["plaintext"]) if "plaintext" in value else HIDDEN)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
