"""Reads what the engine recorded, in a form that tests can compare whole.

Types are written as `pulumi_aws` names them (`s3.Bucket`), components by their class (`SecureBucket`).
"""

import json
from typing import Any

from deadfall.lab.engine import Resource, Result
from deadfall.lab.provider.values import is_unknown

DOCUMENTS = ("policy", "assumeRolePolicy", "eventPattern")


def inputs(result: Result, kind: str, name: str) -> dict[str, Any]:
    """What the program asks for: JSON documents read, and for a value that only an apply can know the resources that
    it comes from (`<kms.Key key-eu-west-1>`)."""
    resource = _the(result, kind, name)
    sources = {
        key: " + ".join(f"<{_label(result, urn)}>" for urn in sorted(urns))
        for key, urns in resource.property_dependencies.items()
    }
    return {
        key: json.loads(value) if key in DOCUMENTS else _with_sources(value, sources.get(key, ""))
        for key, value in resource.inputs.items()
    }


def children(result: Result, kind: str, name: str) -> set[str]:
    """The resources right below a component, as `type name`."""
    parent = _the(result, kind, name).urn
    return {_written(r) for r in result.resources if r.parent == parent}


def dependencies(result: Result, kind: str, name: str) -> set[str]:
    """What a resource waits for, as `type name`."""
    return {_label(result, urn) for urn in _the(result, kind, name).dependencies}


def names(result: Result, kind: str) -> set[str]:
    """The Pulumi names of all resources of a type."""
    return {r.name for r in result.resources if _short(r.type) == kind}


def _the(result: Result, kind: str, name: str) -> Resource:
    (resource,) = (r for r in result.resources if _written(r) == f"{kind} {name}")
    return resource


def _label(result: Result, urn: str) -> str:
    (resource,) = (r for r in result.resources if r.urn == urn)
    return _written(resource)


def _written(resource: Resource) -> str:
    return f"{_short(resource.type)} {resource.name}"


def _short(token: str) -> str:
    package, module, name = token.split(":")
    return name if package in ("deadfall", "pulumi") else f"{module.partition('/')[0]}.{name}"


def _with_sources(value: Any, sources: str) -> Any:
    if is_unknown(value):
        return sources
    if isinstance(value, dict):
        return {key: _with_sources(item, sources) for key, item in value.items()}
    return [_with_sources(item, sources) for item in value] if isinstance(value, list) else value
