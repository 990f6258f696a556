"""Reject values of a type that their field can't have, mostly because YAML read an unquoted text as another type.

Such a test never matches, and nothing in the compiled rule shows it.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from deadfall.patterns.condition import MAX_EXACT

from .record_fields import FIELDS
from .yaml_scalars import Unquoted

_TEXT_KINDS = ("line", "text", "text or object")
_TEXT_MODIFIERS = frozenset(
    {"contains", "startswith", "endswith", "cased", "re", "cidr", "expand", "fieldref", "windash"}
    | {"base64", "base64offset", "wide", "utf16", "utf16be"}
)
_TIME_MODIFIERS = frozenset({"minute", "hour", "day", "week", "month", "year"})
_DECIMAL = frozenset("0123456789+-.eE")


def problem(field: str | None, value: bool | float, written: str) -> str | None:
    """Return why a field can't have a number or boolean, or None.

    Args:
        written: the value's text in the file.
    """
    article_type = "a boolean" if isinstance(value, bool) else "a number"
    if field is None:
        return f"a keyword is text, but YAML reads the unquoted {written} as {article_type}; write '{written}'"
    kind = FIELDS.get(field)
    if kind in _TEXT_KINDS:
        return (
            f"{field} is text, but YAML reads the unquoted {written} as {article_type}; put the text in quotes: "
            f"{field}: '{written}'"
        )
    if kind == "boolean" and not isinstance(value, bool):
        return f"{field} is a boolean, and never the number {written}; use true or false"
    if kind == "number" and isinstance(value, bool):
        return f"{field} is a number, and never {written}; use a number"
    return None if isinstance(value, bool) else inexact(field, value, written)


def inexact(field: str, number: float, written: str) -> str | None:
    """Return why a number can't be compared exactly, or None."""
    if not math.isfinite(number) or abs(number) > MAX_EXACT:
        return f"{field} can't be compared exactly with {written}; use a number up to 2^53 - 1 ({MAX_EXACT})"
    return None


def written_problems(detection: Any) -> Iterator[str]:
    """Return the problems of the `Unquoted` values in a YAML detection."""
    if isinstance(detection, Mapping):
        for name, selection in detection.items():
            if name not in ("condition", "timeframe"):
                yield from _of_selection(selection)


def _of_selection(selection: Any) -> Iterator[str]:
    match selection:
        case Mapping():
            for key, value in selection.items():
                if isinstance(key, str):
                    name, *modifiers = key.split("|")
                    yield from _of_field(name or None, frozenset(modifiers), value)
        case list():
            for each in selection:
                yield from _of_selection(each)
        case _:
            yield from _of_field(None, frozenset(), selection)


def _of_field(field: str | None, modifiers: frozenset[str], value: Any) -> Iterator[str]:
    match value:
        case list():
            for each in value:
                yield from _of_field(field, modifiers, each)
        case Mapping():
            example = f"{field}.{next(map(str, value), 'key')}"
            yield f"{field} has an object as its value; write the whole path as the field, such as {example}"
        case Unquoted() if found := _problem(field, modifiers, value):
            yield found


def _problem(field: str | None, modifiers: frozenset[str], value: Unquoted) -> str | None:
    written = value.text
    name = "|".join([field or "", *sorted(modifiers)]) if modifiers else field
    if isinstance(value.value, date):
        return f"YAML reads the unquoted {written} of {name or 'a keyword'} as a date; put it in quotes: '{written}'"
    if text_modifiers := modifiers & _TEXT_MODIFIERS:
        return (
            f"|{min(text_modifiers)} needs text, but YAML reads the unquoted {written} of {name} as another type; put "
            f"it in quotes: '{written}'"
        )
    if isinstance(value.value, bool):
        return None if modifiers & {"exists"} else problem(field, value.value, written)
    if modifiers & _TIME_MODIFIERS:
        return None if isinstance(value.value, int) else f"{name} is compared with {written}; use a whole number"
    return problem(field, value.value, written) or _odd_number(name or "a keyword", value)


def _odd_number(name: str, value: Unquoted) -> str | None:
    """Return that a number isn't written as a decimal number, or has more digits than engines compare."""
    text = value.text
    digits = text.lstrip("+-")
    if not set(text) <= _DECIMAL or (len(digits) > 1 and digits[0] == "0" and digits.isdigit()):
        return f"YAML reads the unquoted {text} of {name} as the number {value.value}; put text in quotes: '{text}'"
    if isinstance(value.value, float) and Decimal(text) != Decimal(repr(value.value)):
        return f"{name} can't be compared exactly with {text}, which has too many digits; use at most 15"
    return None
