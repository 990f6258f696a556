"""Load YAML with the text of its unquoted numbers, booleans and dates.

YAML 1.1 reads `No` as a boolean, `0123` as octal and `1.10` as 1.1. Only the text shows what the author meant.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from sigma.exceptions import SigmaError
from sigma.rule.base import SigmaYAMLLoader, check_alias_expansion

from deadfall import yaml_reader

_TAGS = ("bool", "int", "float", "timestamp")


@dataclass(frozen=True)
class Unquoted:
    """A scalar that YAML reads as another type than text, with its text in the file."""

    value: Any
    text: str = field(compare=False)


class _Loader(SigmaYAMLLoader):
    """pySigma's loader, which is safe and rejects duplicate keys."""


def _keep_text(tag: str) -> Callable[[Any, yaml.ScalarNode], Unquoted]:
    construct = SigmaYAMLLoader.yaml_constructors[tag]
    return lambda loader, node: Unquoted(construct(loader, node), node.value)


for _tag in (f"tag:yaml.org,2002:{name}" for name in _TAGS):
    _Loader.add_constructor(_tag, _keep_text(_tag))


def load(text: str) -> list[Any]:
    """Return the documents that aren't empty, with `Unquoted` scalars.

    Raises:
        yaml.YAMLError, ValueError, TypeError: it isn't YAML; the latter two for invalid dates, numbers and keys.
        RecursionError: it refers to itself, or its aliases expand to too many values.
    """
    documents = [document for document in yaml_reader.load_all(text, _Loader) if document is not None]
    for document in documents:
        try:
            check_alias_expansion(document)
        except SigmaError:
            raise RecursionError from None
    return documents


def plain(value: Any) -> Any:
    """Return the value as YAML reads it."""
    match value:
        case Unquoted():
            return value.value
        case dict():
            return {plain(key): plain(inner) for key, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
    return value
