"""Separate the rules of a YAML file, so that an invalid one doesn't affect the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .metadata import as_text


@dataclass(frozen=True)
class Part:
    """The documents of one rule, of which the last is the rule; `number` is its place in the file, from 1."""

    number: int
    documents: list[Any]


def separate(documents: Sequence[Any]) -> list[Part]:
    """Return each rule with the documents that it needs; a correlation needs the rules that it names.

    Documents with `action` change the ones that follow, so a file with one is a single part.
    """
    if any(isinstance(each, Mapping) and "action" in each for each in documents):
        return [Part(1, list(documents))]
    parts: list[Part] = []
    only_correlated: set[int] = set()
    for number, document in enumerate(documents, 1):
        correlation = _correlation(document)
        named = _texts(correlation.get("rules"))
        needed = {place: each for place, each in enumerate(documents, 1) if place != number and named & _names(each)}
        if as_text(correlation.get("generate")).lower() != "true":
            only_correlated |= needed.keys()
        parts.append(Part(number, [*needed.values(), document]))
    return [part for part in parts if part.number not in only_correlated]


def _correlation(document: Any) -> Mapping[Any, Any]:
    found = document.get("correlation") if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _names(document: Any) -> set[str]:
    return _texts([document.get("name"), document.get("id")]) if isinstance(document, Mapping) else set()


def _texts(values: Any) -> set[str]:
    listed = values if isinstance(values, list) else [values]
    return {as_text(each) for each in listed if each is not None}
