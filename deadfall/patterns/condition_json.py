"""Convert conditions to and from JSON, so that the responder can evaluate the rule behind an event exactly.

    {"and": [condition, …]}   {"or": [condition, …]}   {"not": condition}
    {"field": str, "value": value}   {"field": str, "null": true}   {"field": str, "exists": bool}
    {"field": str, "sameAs": str}    {"keyword": value, "field": str | null}

A value is {"text": [str | {"wildcard": "*" | "?"}, …], "cased": bool}, {"number": number, "op": str},
{"boolean": bool}, {"cidr": str} or {"regex": str, "ignoreCase": bool}.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from .condition import (
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
    Value,
)


def condition_to_json(condition: Condition) -> dict[str, Any]:
    """Return the JSON form of a condition."""
    match condition:
        case And(of):
            return {"and": [condition_to_json(each) for each in of]}
        case Or(of):
            return {"or": [condition_to_json(each) for each in of]}
        case Not(of):
            return {"not": condition_to_json(of)}
        case Test(field, value):
            return {"field": field, "value": _value_to_json(value)}
        case Null(field):
            return {"field": field, "null": True}
        case Exists(field, there):
            return {"field": field, "exists": there}
        case SameAs(field, other):
            return {"field": field, "sameAs": other}
        case Keyword(text, field):
            return {"keyword": _value_to_json(text), "field": field}


def condition_from_json(document: Mapping[str, Any]) -> Condition:
    """Return the condition with this JSON form.

    Raises:
        KeyError, TypeError, ValueError: the JSON is invalid.
    """
    match document:
        case {"and": list(of)}:
            return And(tuple(map(condition_from_json, of)))
        case {"or": list(of)}:
            return Or(tuple(map(condition_from_json, of)))
        case {"not": of}:
            return Not(condition_from_json(of))
        case {"keyword": text, "field": str() | None as field}:
            return Keyword(_text_from_json(text), field)
        case {"field": str(field), "value": value}:
            return Test(field, _value_from_json(value))
        case {"field": str(field), "null": True}:
            return Null(field)
        case {"field": str(field), "exists": bool(there)}:
            return Exists(field, there)
        case {"field": str(field), "sameAs": str(other)}:
            return SameAs(field, other)
    raise ValueError(f"not the JSON form of a condition: {document!r}")


def _value_to_json(value: Value) -> dict[str, Any]:
    match value:
        case Text(parts, cased):
            return {
                "text": [{"wildcard": part.wildcard} if part.wildcard else part.text for part in parts],
                "cased": cased,
            }
        case Number(number, op):
            return {"number": number, "op": op}
        case Boolean(boolean):
            return {"boolean": boolean}
        case Cidr(network):
            return {"cidr": network}
        case Regex(pattern, ignore_case):
            return {"regex": pattern, "ignoreCase": ignore_case}


def _value_from_json(document: Mapping[str, Any]) -> Value:
    match document:
        case {"text": _}:
            return _text_from_json(document)
        case {"number": int() | float() as number, "op": "=" | "<" | "<=" | ">" | ">=" as op}:
            return Number(number, op)
        case {"boolean": bool(boolean)}:
            return Boolean(boolean)
        case {"cidr": str(network)}:
            ipaddress.ip_network(network)
            return Cidr(network)
        case {"regex": str(pattern), "ignoreCase": bool(ignore_case)}:
            _compile(pattern)
            return Regex(pattern, ignore_case)
    raise ValueError(f"not the JSON form of a value: {document!r}")


def _compile(pattern: str) -> None:
    try:
        re.compile(pattern, re.ASCII)
    except re.error as error:
        raise ValueError(f"not a regular expression: {pattern!r} ({error})") from None


def _text_from_json(document: Any) -> Text:
    match document:
        case {"text": list(parts), "cased": bool(cased)}:
            return Text(tuple(map(_part_from_json, parts)), cased)
    raise ValueError(f"not the JSON form of a text: {document!r}")


def _part_from_json(document: Any) -> Part:
    match document:
        case str(text):
            return Part(text)
        case {"wildcard": "*" | "?" as wildcard}:
            return Part(wildcard=wildcard)
    raise ValueError(f"not the JSON form of a part of a text: {document!r}")
