"""Records that meet a condition or miss it narrowly, made from the condition's own fields and values."""

import ipaddress
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from deadfall.patterns.condition import (
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Keyword,
    Leaf,
    Not,
    Null,
    Number,
    Or,
    Regex,
    SameAs,
    Test,
    Text,
    Value,
    split_path,
)
from deadfall.rules.sigma.record_fields import NEVER_NULL
from deadfall.rules.sigma.sql.athena_table import COLUMNS, Column

_FILLINGS = ("", "x", "aé", "\n", "ſK😀", "%_!'\"\\", "a,b [c]")
_BOOLEANS = ("true", "false")


def aimed(condition: Condition, random: Random) -> dict[str, Any]:
    """Return a record with values, mostly suitable ones, at the fields that the condition names.

    It is such as CloudTrail writes (record_fields.NEVER_NULL) and the table can hold: no list is directly in a list.
    """
    record: dict[str, Any] = {}
    for leaf in _some_leaves(condition, random):
        value = _varied(_suitable(leaf, random), random)
        for field in (leaf.field, leaf.other) if isinstance(leaf, SameAs) else (leaf.field,):
            if field:
                _put(record, field, value, random)
    return record


def _some_leaves(condition: Condition, random: Random) -> Iterator[Leaf]:
    """Return the leaves that suffice for the condition, mostly."""
    match condition:
        case And(of):
            for part in of:
                yield from _some_leaves(part, random)
        case Or(of):
            for part in random.choices(of, k=1) if of else ():
                yield from _some_leaves(part, random)
        case Not(of):
            if random.random() < 0.3:
                yield from _some_leaves(of, random)
        case _:
            if random.random() < 0.95:
                yield condition


def _suitable(leaf: Leaf, random: Random) -> Any:
    match leaf:
        case Test():
            return _value(leaf.value, random)
        case Keyword():
            return random.choice(_FILLINGS) + _text(leaf.text, random) + random.choice(_FILLINGS)
        case Null():
            return None
        case Exists() | SameAs():
            return random.choice(("x", None, 7, "Aé"))


def _value(value: Value, random: Random) -> Any:
    match value:
        case Text():
            return _text(value, random)
        case Number():
            return random.choice((value.number, value.number + 1, value.number - 1, str(value.number)))
        case Boolean():
            return value.value
        case Cidr():
            network = ipaddress.ip_network(value.network)
            return str(random.choice((network[0], network[-1], network[0] + 1, ipaddress.ip_address("9.9.9.9"))))
        case Regex():
            # No generator of matches: the pattern's own letters, which often match, and "-", which seldom does.
            return random.choice(("".join(filter(str.isalnum, value.pattern)), value.pattern, "-"))


def _text(text: Text, random: Random) -> str:
    written = {"*": random.choice(_FILLINGS), "?": random.choice("x\n%é")}
    return "".join(written[part.wildcard] if part.wildcard else part.text for part in text.parts)


def _varied(value: Any, random: Random) -> Any:
    """Return the value, or seldom what is near it: in another case, longer, of another kind of JSON, in a list."""
    choice = random.random()
    if choice < 0.7:
        return value
    if choice < 0.85 and isinstance(value, str):
        number = [int(value)] if value.isascii() and value.isdecimal() and not value.startswith("0") else []
        return random.choice((value.swapcase(), value.upper(), value + random.choice(_FILLINGS), value[1:], *number))
    return random.choice((None, {}, {"x": value}, [], [None], [value, "other"], [None, value], [{"x": value}, value]))


def _put(record: dict[str, Any], field: str, value: Any, random: Random) -> None:
    keys = split_path(field)
    if value is None and field in NEVER_NULL:
        return
    column = COLUMNS.get(keys[0])
    if column is None:
        return
    if column == "json":
        if len(keys) == 1:
            record[keys[0]] = value if isinstance(value, dict) or value is None else {"x": value}
        else:
            _put_json(record, keys, value, random)
    else:
        _put_column(record, keys, column, value, random)


def _put_json(record: dict[str, Any], keys: list[str], value: Any, random: Random) -> None:
    """Set a value in an object; some of the objects on the way are in lists, beside others."""
    inner: Any = record
    for depth, key in enumerate(keys[:-1]):
        found = inner.get(key)
        if isinstance(found, list):
            found = found[0]
        if not isinstance(found, dict):
            found = {}
            in_list = depth > 0 and random.random() < 0.2
            inner[key] = [found, *random.choice(([], [{}], ["x", None, 7]))] if in_list else found
        inner = found
    inner[keys[-1]] = value


def _put_column(record: dict[str, Any], keys: list[str], column: Column, value: Any, random: Random) -> None:
    """Set a value that the column's type can hold; other values are left out."""
    key, rest = keys[0], keys[1:]
    if isinstance(column, list):
        items = record.setdefault(key, [])
        if random.random() < 0.5 or not items:
            items.append({})
        _put_fields(items[-1], rest, column[0], value, random)
    elif isinstance(column, Mapping):
        if not isinstance(record.get(key), dict):
            record[key] = {}
        _put_fields(record[key], rest, column, value, random)
    elif column == "boolean":
        if value is None or isinstance(value, bool):
            record[key] = value
        elif value in _BOOLEANS:
            record[key] = value == "true"
    elif value is None or isinstance(value, str):
        record[key] = value


def _put_fields(inner: Any, keys: list[str], column: Column, value: Any, random: Random) -> None:
    if keys and isinstance(column, Mapping) and keys[0] in column:
        _put_column(inner, keys, column[keys[0]], value, random)
