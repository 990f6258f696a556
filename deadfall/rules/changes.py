"""Apply an example's changes to the base record of its file, by field path."""

import copy
from collections.abc import Mapping
from typing import Any


def apply_changes(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the base with these changes.

    Args:
        base: a record, or the part that all examples share.
        changes: values by path, such as `userIdentity.type`. A value (or null) replaces the field's whole value; a
            field that the base lacks is added. Fields can't be removed, so the base has only what all examples share.

    Raises:
        ValueError: a path leads into a value that is not an object.
    """
    changed = copy.deepcopy(dict(base))
    for path, value in changes.items():
        *way, field = path.split(".")
        parent: Any = changed
        for depth, key in enumerate(way, 1):
            parent = parent.get(key)
            if not isinstance(parent, dict):
                outer = ".".join(way[:depth])
                raise ValueError(f"'{path}' can't be set: the base has no object '{outer}'; write '{outer}' whole")
        parent[field] = value
    return changed
