"""Property values in Pulumi's protocol, as plain Python dicts, lists, strings, numbers and booleans.

Values that JSON cannot express (secrets, assets, archives, resource references, output values) are dicts with a
signature. A value that is unknown in a preview is a sentinel string. The constants are those of Pulumi's Go SDK
(`sdk/go/common/resource/properties.go`, `asset`, `sig`).
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a marker, not a secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN,  # a string; the Python SDK sends it for any type
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Convert a Struct to a dict, sorted because it has no order, with whole numbers as `int` instead of doubles."""
    return {key: _from_value(struct.fields[key]) for key in sorted(struct.fields)}


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return from_struct(value.struct_value)
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
    return None


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct


def signature(value: Any) -> str | None:
    """Return the signature of a special value, or None."""
    return value.get(SIGNATURE) if isinstance(value, dict) else None


def secret(value: Any) -> Any:
    """Mark a value as secret, unless it is already."""
    return value if signature(value) == SECRET else {SIGNATURE: SECRET, "value": value}


def is_unknown(value: Any) -> bool:
    return isinstance(value, str) and value in UNKNOWNS


def has_secret(value: Any) -> bool:
    if signature(value) == SECRET or (signature(value) == OUTPUT and value.get("secret")):
        return True
    return any(has_secret(item) for item in _children(value))


def has_unknown(value: Any) -> bool:
    if is_unknown(value) or (signature(value) == OUTPUT and "value" not in value):
        return True
    return any(has_unknown(item) for item in _children(value))


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def reveal(value: Any) -> Any:
    """Return the value with secrets and outputs unwrapped and references replaced by the ids of resources.

    Assets, archives and the sentinels of unknown values stay unchanged.
    """
    match signature(value):
        case s if s == SECRET:
            return reveal(value["value"])
        case s if s == OUTPUT:
            return reveal(value.get("value", UNKNOWN))
        case s if s == RESOURCE:
            return value.get("id") or UNKNOWN if "id" in value else value["urn"]
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value
