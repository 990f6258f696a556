"""Changes to a record, by the paths of fields: how an example differs from the base of its file."""

import copy
from collections.abc import Mapping
from typing import Any


def apply_changes(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base with these changes; the base itself stays as it is.

    Args:
        base: a record, or the part of it that all examples have.
        changes: values by path, such as `userIdentity.type`. A value takes the place of the field's whole value, null
            included; a field that the base lacks is added. What only some examples have therefore isn't in the base.

    Raises:
        ValueError: a path leads into a value that is no object.
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
