"""JSON as a tree that can say what Python's own values can't: how a number is written, and a key named twice."""

import json
from typing import Any, TypeAlias

Json: TypeAlias = Any  # str, Number, bool, None, list of Json, dict of str to Json


class Number(str):
    """A number as it is written: 1e2 is not the text 100."""

    __slots__ = ()


class Again(str):
    """A key that may stand beside its equal in one dict."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


def render(value: Json) -> str:
    """The JSON text, in ASCII and on one line."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {render(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(render, value)) + "]"
    return json.dumps(value)
