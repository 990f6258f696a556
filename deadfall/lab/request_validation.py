"""Validation of a request against all constraints of botocore's service model.

boto3 checks only types and required parameters, and MiniStack checks almost nothing. AWS also checks enums, patterns,
lengths and ranges. The lab must not accept a request that AWS rejects.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from .request_parser import ApiCall

Shape = Any  # botocore's model.Shape, which has no type information

# The error code of a constraint violation differs by service; the message is the same everywhere.
# Codes: the services' "Common Errors" pages, and botocore's models (InvalidParameterException is Logs' own).
_CODES = {
    "cloudwatch": "ValidationError",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "s3": "MalformedXML",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
    "sts": "ValidationError",
}
_DEFAULT_CODE = "ValidationException"

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (bytes,),
}


@dataclass(frozen=True)
class Refusal:
    """A rejected request: the error that the service returns."""

    code: str
    message: str
    status: int = 400


def check(call: ApiCall) -> Refusal | None:
    """Return why the service would reject the form of this call, or None. Lists every violation, as AWS does."""
    code = _CODES.get(call.service, _DEFAULT_CODE)
    if call.malformed is not None:
        return Refusal("SerializationException", f"The request body cannot be read: {call.malformed}")
    if call.unknown:
        # AWS ignores most unknown parameters. The lab rejects them because they are usually typos.
        return Refusal(code, f"Unknown parameters for {call.operation}: {', '.join(call.unknown)}")
    shape = call.model.input_shape
    found = violations(call.parameters, shape) if shape is not None else []
    if not found:
        return None
    errors = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    return Refusal(code, errors + "; ".join(found))


def violations(value: Any, shape: Shape, path: str = "") -> list[str]:
    """Return every violation of the shape's constraints by a typed value, in AWS's wording."""
    kind = shape.type_name
    if not _has_type(value, kind):
        return [f"Value at '{path}' is of the wrong type: {kind} expected, got {type(value).__name__}"]
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{_shortened(value)}'"
    found = [f"{shown} at '{path}' failed to satisfy constraint: {reason}" for reason in _constraints(value, shape)]
    if kind == "structure" and not shape.is_document_type:
        for name in shape.required_members:
            if name not in value:
                where = _join(path, _lower_first(name))
                found.append(f"Value null at '{where}' failed to satisfy constraint: Member must not be null")
        for name, member in value.items():
            if name in shape.members:
                found += violations(member, shape.members[name], _join(path, _lower_first(name)))
    elif kind == "list":
        for index, item in enumerate(value, 1):
            found += violations(item, shape.member, f"{path}.{index}.member")
    elif kind == "map":
        for key, item in value.items():
            found += violations(key, shape.key, f"{path}.key")
            found += violations(item, shape.value, f"{path}.{key}.member")
    return found


def _has_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"  # in Python also an int
    return isinstance(value, _PYTHON_TYPES.get(kind, (object,)))


def _constraints(value: Any, shape: Shape) -> list[str]:
    kind, limits = shape.type_name, shape.metadata
    found = []
    if kind in ("integer", "long", "float", "double"):
        if (low := limits.get("min")) is not None and value < low:
            found.append(f"Member must have value greater than or equal to {low}")
        if (high := limits.get("max")) is not None and value > high:
            found.append(f"Member must have value less than or equal to {high}")
    elif kind in ("string", "blob", "list", "map"):
        if (low := limits.get("min")) is not None and len(value) < low:
            found.append(f"Member must have length greater than or equal to {low}")
        if (high := limits.get("max")) is not None and len(value) > high:
            found.append(f"Member must have length less than or equal to {high}")
    if kind == "string":
        allowed = limits.get("enum")
        if allowed and value not in allowed:
            found.append(f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        pattern = compiled_pattern(limits["pattern"]) if "pattern" in limits else None
        if pattern is not None and not pattern.fullmatch(value):
            found.append(f"Member must satisfy regular expression pattern: {limits['pattern']}")
    return found


@cache
def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """Compile a model's pattern; return None if it uses Java syntax that Python does not support.

    AWS matches whole values. Not supported: Unicode classes such as \\p{L} and surrogate ranges (mostly in tags).
    """
    try:
        return re.compile(pattern, re.ASCII)  # Java's \w and \d are ASCII
    except re.error:
        return None


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shortened(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:200] + "..."
