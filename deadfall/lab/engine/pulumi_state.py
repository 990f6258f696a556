"""Read resources from the pulumi CLI's output: an exported state, or the document of a preview."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..provider.schema import AUTONAMES
from ..provider.values import SECRET, secret, signature
from . import urn as urns
from .result import HIDDEN, Resource

# Inputs that Pulumi and its AWS provider add to those of the program.
_INTERNAL = frozenset({AUTONAMES, "__internal"})


def resources(states: Iterable[Mapping[str, Any]]) -> list[Resource]:
    """Return the resources of a state (`sdk/go/common/apitype/core.go` of pulumi/pulumi, ResourceV3), without replaced
    ones whose deletion is pending."""
    return [_resource(state) for state in states if not state.get("delete")]


def of_preview(document: Mapping[str, Any]) -> list[Resource]:
    """Return the resources that would exist after a preview's changes (`pulumi preview --json --show-sames`)."""
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
    """Return a value with its secrets wrapped as in the rest of the lab; previews and events hide their values."""
    if value == HIDDEN:
        return secret(HIDDEN)
    if signature(value) == SECRET:
        return secret(json.loads(value["plaintext"]) if "plaintext" in value else HIDDEN)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
