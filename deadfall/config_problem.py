"""A mistake in stack config, as one sentence that names the key and the remedy."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel

from .decoys import KINDS
from .field_types import nearest, quoted

NAMESPACE = "deadfall"

Path = tuple[int | str, ...]
"""A place in stack config: a key without its namespace, then keys and indexes inside its value."""

_LONGEST = 500
_SECRET = "decoySeed"  # noqa: S105 the name of a key


@dataclass(frozen=True)
class Scalar:
    """A value in a YAML file that YAML reads as something other than text: what it reads, and how it is written."""

    kind: str
    text: str


Scalars = Mapping[Path, Scalar]
NO_SCALARS: Scalars = MappingProxyType({})


@dataclass(frozen=True)
class Problem:
    """One mistake. `str()` is its sentence, in printable characters on one line."""

    key: str
    message: str
    path: Path

    @classmethod
    def of(cls, path: Path, message: str) -> "Problem":
        return cls(full_key(path), _printable(message, _LONGEST), path)

    @classmethod
    def of_key(cls, key: str, message: str, path: Path) -> "Problem":
        """Return a problem with a key that is not in the namespace `deadfall`."""
        return cls(_printable(key, 200), _printable(message, _LONGEST), path)

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


def full_key(path: Path) -> str:
    """Return a place as the Pulumi CLI names it, such as `deadfall:decoys[0].name`."""
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    return _printable(f"{NAMESPACE}:{key}", 200)


def misspelt_keys(values: Mapping[str, Any], model: type[BaseModel]) -> dict[str, str]:
    """Return the keys that are none of the model's, by the missing key that each most likely means."""
    known = _keys(model)
    found: dict[str, str] = {}
    for key in values:
        meant = nearest(key, known) if key not in known else None
        if meant and meant not in values:
            found.setdefault(meant, key)
    return found


def misspelt(written: str, meant: str) -> Problem:
    """Return the problem that a key is misspelt."""
    return Problem.of((written,), _unknown(meant))


def problem_of(
    error: Mapping[str, Any], model: type[BaseModel], scalars: Scalars, written: Mapping[str, str]
) -> Problem:
    """Return one of pydantic's errors in words of stack config.

    Args:
        error: an element of `ValidationError.errors()`.
        model: the validated model.
        scalars: how values that are not text are written in the file, if they come from one.
        written: misspelt keys by what they mean.
    """
    key, *inside = _path(error["loc"])
    path = (written.get(str(key), key), *inside)
    return Problem.of(path, _message(error, path, model, scalars.get(path)))


def _path(loc: Sequence[int | str]) -> Path:
    """Return a location without what pydantic adds to it: the kind of a decoy, and `[key]`."""
    of_decoy = len(loc) > 2 and loc[0] == "decoys" and loc[2] in KINDS
    return tuple(part for index, part in enumerate(loc) if part != "[key]" and not (of_decoy and index == 2))


def _message(error: Mapping[str, Any], path: Path, model: type[BaseModel], scalar: Scalar | None) -> str:
    value, context = error["input"], error.get("ctx", {})
    given = "" if path[0] == _SECRET else _in_words(value, scalar)
    match error["type"]:
        case "missing":
            return f"is missing; set it with {_command(path)}"
        case "extra_forbidden":
            return _unknown(nearest(str(path[-1]), _keys(_model_at(model, error["loc"][:-1]))))
        case "value_error":
            return str(context["error"])
        case "union_tag_invalid" | "union_tag_not_found":
            return _no_kind(value)
        case "literal_error" if value is not None:
            expected = context["expected"]
            near = nearest(value, re.findall(r"'([^']*)'", expected)) if isinstance(value, str) else None
            return f"must be {expected}{given}" + (f"; write {near}" if near else "")
        case "greater_than_equal":
            return f"must be at least {context['ge']}{given}"
        case "less_than_equal":
            return f"must be at most {context['le']}{given}"
        case "string_too_long" | "string_too_short" | "too_long" | "too_short":
            return _wrong_length(value, context, path)
    return "has no value; write one, or remove the key" if value is None else _wrong_type(error, given, path, scalar)


def _no_kind(decoy: Any) -> str:
    kind = decoy.get("kind") if isinstance(decoy, dict) else None
    kinds = " or ".join(map(repr, KINDS))
    if not isinstance(kind, str):
        return f"needs a kind; write {kinds}"
    return f"{quoted(kind)} is not a kind of decoy; write {nearest(kind, KINDS) or kinds}"


def _wrong_length(value: Any, context: Mapping[str, Any], path: Path) -> str:
    unit = "elements" if isinstance(value, (list, tuple)) else "characters"
    if "max_length" in context:
        return f"is too long; write at most {context['max_length']} {unit}"
    if unit == "elements":
        return f"is empty; set it with {_command((*path, 0))}"
    return f"is too short; write at least {context['min_length']} {unit}"


def _wrong_type(error: Mapping[str, Any], given: str, path: Path, scalar: Scalar | None) -> str:
    value = error["input"]
    match error["type"]:
        case "tuple_type":
            return f"must be a list{given}; set it with {_command((*path, 0))}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"must be an object{given}; set it with {_command((*path, '…'))}"
        case "bool_type" | "bool_parsing":
            return f"must be true or false{given}"
        case "string_type":
            if isinstance(value, (dict, list)):
                return f"must be text{given}"
            return f"must be text{given}, which YAML reads as a {_kind(value, scalar)}; put it in quotes"
        case "int_type" | "int_parsing" | "int_parsing_size" | "int_from_float" | "finite_number":
            return f"must be a whole number{given}"
    return f"cannot be read{given}; correct it (docs/configure.md describes all keys)"


def _in_words(value: Any, scalar: Scalar | None) -> str:
    """Return ", not …" with what the value is."""
    if isinstance(value, dict):
        return ", not an object"
    if isinstance(value, (list, tuple)):
        return ", not a list"
    if value is None:
        return ""
    if isinstance(value, str) and scalar is None:
        return f", not {quoted(value)}"
    return f", not {scalar.text if scalar else json.dumps(value, default=str)}"


def _kind(value: Any, scalar: Scalar | None) -> str:
    return scalar.kind if scalar else "boolean" if isinstance(value, bool) else "number"


def _unknown(meant: str | None) -> str:
    remedy = f"write {meant} or remove it" if meant else "correct or remove it"
    return f"is not a key of Deadfall; {remedy} (docs/configure.md lists all keys)"


def _keys(model: type[BaseModel] | None) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_at(model: type[BaseModel], loc: Sequence[int | str]) -> type[BaseModel] | None:
    """Return the model whose keys a place has."""
    found: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int):
            continue
        if part in KINDS:
            found = KINDS[str(part)]
        elif found:
            annotations = [f.annotation for name, f in found.model_fields.items() if part in (name, f.alias)]
            found = next((each for annotation in annotations for each in _models_in(annotation)), None)
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [each for inner in get_args(annotation) for each in _models_in(inner)]


def _command(path: Path) -> str:
    """Return the command that sets a key or a value inside it."""
    full = full_key(path)
    if len(path) > 1:
        return f"`pulumi config set --path '{full}' …`"
    return f"`pulumi config set {'--secret ' if path == (_SECRET,) else ''}{full} …`"


def _printable(text: str, limit: int) -> str:
    """Return the text on one line of printable ASCII and the ellipsis of our own commands."""
    line = " ".join(text.split())
    shown = "".join(map(_printable_character, line[: limit + 1]))
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def _printable_character(char: str) -> str:
    return char if " " <= char <= "~" or char == "…" else char.encode("unicode_escape").decode("ascii")
