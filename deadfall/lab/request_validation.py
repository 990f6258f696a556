"""What AWS refuses because of the request alone: the constraints of botocore's service model, checked in full.

boto3 checks types and required parameters only; the emulator hardly checks at all. AWS checks enums, patterns, lengths
and ranges too, so the lab does: what the lab accepts must not be refused on AWS.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from .request_parser import ApiCall

Shape = Any  # botocore's model.Shape, which has no type information

# The code of a constraint violation differs by service; the text is the same framework's everywhere.
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
    """An answer of AWS that is a no: the error that the service gives."""

    code: str
    message: str
    status: int = 400


def check(call: ApiCall) -> Refusal | None:
    """Why the service would refuse this call for its form, or None. Names every violation, as AWS does."""
    code = _CODES.get(call.service, _DEFAULT_CODE)
    if call.malformed is not None:
        return Refusal("SerializationException", f"The request body cannot be read: {call.malformed}")
    if call.unknown:
        # AWS ignores most unknown parameters; a typo that it would ignore must not go unnoticed in the lab either.
        return Refusal(code, f"Unknown parameters for {call.operation}: {', '.join(call.unknown)}")
    shape = call.model.input_shape
    found = violations(call.parameters, shape) if shape is not None else []
    if not found:
        return None
    errors = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    return Refusal(code, errors + "; ".join(found))


def violations(value: Any, shape: Shape, path: str = "") -> list[str]:
    """Every way in which a typed value breaks the constraints of its shape, in AWS's words."""
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
        return kind == "boolean"  # which Python takes for an integer
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
    """A model's pattern as Python reads it; None when it is written in Java's dialect and cannot be checked here.

    AWS matches whole values. Not checked: Unicode classes such as \\p{L} and surrogate ranges (mostly tags).
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
