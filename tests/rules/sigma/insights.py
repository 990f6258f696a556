"""Runs the filter of a CloudWatch Logs Insights query on a record, as far as our queries go: an independent reader of
the language, with fields as "Supported logs and discovered fields" has them.

Comparisons with absent fields are undocumented; here they are neither true nor false, like NULL in SQL."""

import functools
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"[^"]*")|/(?P<regex>(?:\\.|[^/\\])*)/|(?P<number>-?\d[\d.e+-]*)'
    r"|(?P<word>[A-Za-z@][\w.]*)|(?P<sign>!=|<=|>=|[=<>()\[\],]))"
)


def finds(query: str, record: Mapping[str, Any]) -> bool:
    """Return whether the query matches the record."""
    return finds_fields(query, fields_of(record))


def fields_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the discovered fields of a record, for `finds_fields`."""
    return dict(_fields(record))


def finds_fields(query: str, fields: Mapping[str, Any]) -> bool:
    """Return whether the query matches the record with these fields."""
    return _Reader(_tokens(query), fields).whole()


@functools.cache
def _tokens(query: str) -> Sequence[tuple[str | None, str]]:
    shown, asked, ordered = query.split("\n| ")
    assert (shown.partition(" ")[0], ordered) == ("fields", "sort @timestamp desc")
    text = asked.removeprefix("filter ")
    assert "".join(_TOKEN.sub("", text).split()) == "", text
    return [(match.lastgroup, match[match.lastgroup or 0]) for match in _TOKEN.finditer(text)]


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Return one field for each leaf; list items are numbered. Nulls are omitted: not verified on AWS."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _fields(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _fields(item, f"{path}.{number}")
    elif value is not None:
        yield path, value


class _Reader:
    def __init__(self, tokens: Sequence[tuple[str | None, str]], fields: Mapping[str, Any]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._at = 0

    def whole(self) -> bool:
        found = self._either()
        assert self._at == len(self._tokens)
        return found is True

    def _either(self) -> bool | None:
        found = [self._both()]
        while self._taken("or"):
            found.append(self._both())
        return True if True in found else None if None in found else False

    def _both(self) -> bool | None:
        found = [self._one()]
        while self._taken("and"):
            found.append(self._one())
        return False if False in found else None if None in found else True

    def _one(self) -> bool | None:
        if self._taken("not"):
            found = self._one()
            return None if found is None else not found
        if self._taken("("):
            found = self._either()
            self._expect(")")
            return found
        word = self._take()
        if word == "ispresent":
            return self._argument() in self._fields
        if word in ("isIpv4InSubnet", "isIpv6InSubnet"):
            self._expect("(")
            address = self._fields.get(self._take())
            self._expect(",")
            network = ipaddress.ip_network(self._literal())
            self._expect(")")
            return None if address is None else f"isIpv{network.version}InSubnet" == word and _is_in(address, network)
        value = self._fields.get(word)
        found = self._compared(value)
        return None if value is None else found

    def _compared(self, value: Any) -> bool:
        match self._take():
            case "=":
                return self._literal() == value
            case "in":
                self._expect("[")
                items = [self._literal()]
                while self._taken(","):
                    items.append(self._literal())
                self._expect("]")
                return value in items
            case "like":
                kind, pattern = self._tokens[self._at]
                assert kind == "regex"
                self._at += 1
                return isinstance(value, str) and re.search(pattern, value, re.ASCII) is not None
            case "<" | "<=" | ">" | ">=" as operator:
                limit = self._literal()
                if not isinstance(value, int | float):
                    return False
                return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[operator]
            case other:
                raise AssertionError(other)

    def _argument(self) -> str:
        self._expect("(")
        name = self._take()
        self._expect(")")
        return name

    def _literal(self) -> Any:
        kind, text = self._tokens[self._at]
        self._at += 1
        assert kind in ("text", "number")
        return text[1:-1] if kind == "text" else json.loads(text)

    def _take(self) -> str:
        kind, text = self._tokens[self._at]
        assert kind in ("word", "sign"), text
        self._at += 1
        return text

    def _taken(self, text: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at] in (("word", text), ("sign", text))
        self._at += taken
        return taken

    def _expect(self, text: str) -> None:
        assert self._taken(text), (text, self._tokens[self._at :])


def _is_in(address: Any, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(str(address)) in network
    except ValueError:
        return False
