"""Inputs of a Pulumi provider. Those that are no text travel as JSON (`allowedAccountIds`: `["111122223333"]`)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def listed(props: Mapping[str, Any], key: str) -> list[str]:
    """A list among the inputs; empty if it is not given, or no list."""
    given = _decoded(props.get(key))
    return [str(each) for each in given] if isinstance(given, Sequence) and not isinstance(given, str) else []


def mapped(props: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object among the inputs; empty if it is not given, or no object."""
    given = _decoded(props.get(key))
    return given if isinstance(given, Mapping) else {}


def _decoded(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return None
