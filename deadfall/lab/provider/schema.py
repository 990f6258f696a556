"""The schema of a resource type: its properties, which changes replace the resource, and the comparison of values.

A resource type declares the properties that it implements. The real provider may have more, which the lab rejects by
name instead of ignoring them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .values import ARCHIVE, has_unknown, is_unknown, reveal, signature

AUTONAMES = "__defaults"  # the inputs for which Check generated a name, as in the real provider


@dataclass(frozen=True)
class Property:
    """One property of a resource type.

    `kind` is the type of its value: string, json (a JSON document as a string), number, boolean, strings (a set), map
    (of strings), object, objects (a list) or archive. `fields` are the properties of an object.
    """

    kind: str
    required: bool = False
    replaces: bool = False
    autoname: int | None = None
    fields: Mapping[str, "Property"] | None = None


Schema = Mapping[str, Property]


def string(*, required: bool = False, replaces: bool = False) -> Property:
    return Property("string", required, replaces)


def name(longest: int) -> Property:
    """The physical name, at most `longest` characters; generated from the resource's name if the program sets none."""
    return Property("string", replaces=True, autoname=longest)


def document(*, required: bool = False) -> Property:
    """A JSON document, such as a policy; compared by content, not by formatting."""
    return Property("json", required)


def number(*, required: bool = False) -> Property:
    return Property("number", required)


def boolean(*, required: bool = False, replaces: bool = False) -> Property:
    return Property("boolean", required, replaces)


def strings(*, required: bool = False) -> Property:
    """A set of strings."""
    return Property("strings", required)


def string_map() -> Property:
    return Property("map")


def block(fields: Schema, *, required: bool = False) -> Property:
    return Property("object", required, fields=fields)


def blocks(fields: Schema, *, required: bool = False, replaces: bool = False) -> Property:
    return Property("objects", required, replaces, fields=fields)


def archive(*, required: bool = False) -> Property:
    return Property("archive", required)


def problems(schema: Schema, values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the problems with revealed values, as (property path, reason). Unknown values are valid."""
    for key in sorted(set(values) - set(schema) - {AUTONAMES}):
        yield f"{path}{key}", f"is not a property that the lab implements; it has {', '.join(sorted(schema))}"
    for key, prop in schema.items():
        value = values.get(key)
        if value is None:
            if prop.required:
                yield f"{path}{key}", "is required"
        elif not is_unknown(value):
            yield from _value_problems(prop, value, f"{path}{key}")


def _value_problems(prop: Property, value: Any, path: str) -> Iterator[tuple[str, str]]:
    match prop.kind:
        case "object" if isinstance(value, dict):
            yield from problems(prop.fields or {}, value, f"{path}.")
        case "objects" if isinstance(value, list) and all(isinstance(item, dict) or is_unknown(item) for item in value):
            for index, item in enumerate(value):
                if not is_unknown(item):
                    yield from problems(prop.fields or {}, item, f"{path}[{index}].")
        case "string" if isinstance(value, str):
            pass
        case "json" if isinstance(value, str):
            try:
                json.loads(value)
            except ValueError:
                yield path, "is not valid JSON"
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            pass
        case "boolean" if isinstance(value, bool):
            pass
        case "strings" if isinstance(value, list) and all(isinstance(item, str) for item in value):
            pass
        case "map" if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            pass
        case "archive" if signature(value) == ARCHIVE:
            pass
        case kind:
            yield path, f"must be {_A[kind]}"


_A = {
    "string": "a string",
    "json": "a JSON document as a string",
    "number": "a number",
    "boolean": "true or false",
    "strings": "a list of strings",
    "map": "a map of strings",
    "object": "an object",
    "objects": "a list of objects",
    "archive": "an archive",
}


def add_names(
    schema: Schema, inputs: dict[str, Any], olds: Mapping[str, Any], logical: str, seed: bytes
) -> dict[str, Any]:
    """Return the inputs with generated physical names where the schema has one and the program sets none.

    As in Pulumi's AWS provider, a name is the logical name, a hyphen and seven hex digits, and stays the same for the
    resource's life (`olds` are its current inputs).
    """
    generated = []
    for key, prop in schema.items():
        if prop.autoname is None or key in inputs:
            continue
        generated.append(key)
        digits = hashlib.sha256(seed + logical.encode()).hexdigest()[:7]
        current = olds.get(key) if key in olds.get(AUTONAMES, ()) else None
        inputs = {**inputs, key: current or f"{logical[: prop.autoname - 8]}-{digits}"}
    return {**inputs, AUTONAMES: generated} if generated else inputs


def changes(schema: Schema, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the properties whose values differ, in the schema's order. An unknown value differs."""
    return [key for key, prop in schema.items() if not _same(prop, reveal(old.get(key)), reveal(new.get(key)))]


def _same(prop: Property, old: Any, new: Any) -> bool:
    if has_unknown(new):
        return False
    match prop.kind:
        case "json" if isinstance(old, str) and isinstance(new, str):
            return _parsed(old) == _parsed(new)
        case "archive" if isinstance(old, dict) and isinstance(new, dict):
            return old.get("hash") == new.get("hash") and old.keys() == new.keys()
    return _canonical(old) == _canonical(new)


def _canonical(value: Any) -> Any:
    """Normalize a value: lists are sets in all of the lab's types, and AWS treats empty ones as missing."""
    if isinstance(value, dict):
        items = ((key, _canonical(item)) for key, item in value.items())
        return {key: item for key, item in items if item is not None} or None
    if isinstance(value, list):
        return sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True)) or None
    return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
