"""The condition of a Sigma rule as a tree, with the semantics that every back end must preserve.

The leaves are tests of one field. `matches` defines their meaning for a CloudTrail record; tests compare the compiled
forms with it:

- A field is a path such as `requestParameters.name`. Each dot separates two keys; `\\.` is a dot in a key. Lists on the
  path are transparent: a test holds if it holds for one of the values.
- A record without the field fails every test except `Null` and `Exists(False)`. So `not (errorCode: X)` holds if there
  is no errorCode (Sigma specification, "Conditions").
- Comparisons of text ignore case unless the text is `cased` (Sigma specification, "Value modifiers"). Only the letters
  A to Z have case, because the compiled engines disagree on others.
"""

import functools
import ipaddress
import json
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

MAX_EXACT = 2**53 - 1
"""The largest number up to which comparing doubles, as every engine does, is exact."""

ANY, ONE = "*", "?"
Wildcard = Literal["*", "?"]


@dataclass(frozen=True)
class Part:
    """A piece of a text pattern: literal text, any characters (`*`), or one character (`?`)."""

    text: str = ""
    wildcard: Wildcard | None = None


@dataclass(frozen=True)
class Text:
    """A pattern for text. Numbers and booleans in a record are compared as JSON writes them."""

    parts: tuple[Part, ...]
    cased: bool = False

    @classmethod
    def literal(cls, text: str, *, cased: bool = False) -> "Text":
        return cls((Part(text),) if text else (), cased)

    @property
    def plain(self) -> str | None:
        """The literal text, or None if there are wildcards."""
        return None if any(part.wildcard for part in self.parts) else "".join(part.text for part in self.parts)

    def holds(self, value: Any) -> bool:
        return not isinstance(value, Mapping) and value is not None and bool(self._regex.fullmatch(as_text(value)))

    @functools.cached_property
    def _regex(self) -> re.Pattern[str]:
        written = {None: "", ANY: ".*", ONE: "."}
        pattern = "".join(written[part.wildcard] or re.escape(part.text) for part in self.parts)
        return re.compile(pattern, re.DOTALL | (0 if self.cased else re.IGNORECASE | re.ASCII))


@dataclass(frozen=True)
class Number:
    """A comparison with a number; `op` is =, <, <=, > or >=. Values that aren't numbers don't match."""

    number: int | float
    op: Literal["=", "<", "<=", ">", ">="] = "="

    def holds(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        match self.op:
            case "=":
                return value == self.number
            case "<":
                return value < self.number
            case "<=":
                return value <= self.number
            case ">":
                return value > self.number
            case ">=":
                return value >= self.number


@dataclass(frozen=True)
class Boolean:
    value: bool

    def holds(self, value: Any) -> bool:
        return value is self.value


@dataclass(frozen=True)
class Cidr:
    """An address within a network, such as 10.0.0.0/8. CloudTrail address fields may also contain service names."""

    network: str

    def holds(self, value: Any) -> bool:
        try:
            return ipaddress.ip_address(str(value)) in ipaddress.ip_network(self.network)
        except ValueError:
            return False


@dataclass(frozen=True)
class Regex:
    """A regular expression that matches anywhere in the text, case-sensitive unless `ignore_case` (Sigma's `|re`).

    Classes such as `\\w`, and case, are limited to ASCII.
    """

    pattern: str
    ignore_case: bool = False

    def holds(self, value: Any) -> bool:
        if isinstance(value, Mapping) or value is None:
            return False
        return bool(re.search(self.pattern, as_text(value), re.ASCII | (re.IGNORECASE if self.ignore_case else 0)))


Value = Text | Number | Boolean | Cidr | Regex


@dataclass(frozen=True)
class Test:
    """A field has a value for which `value` holds."""

    __test__ = False  # not a pytest class

    field: str
    value: Value

    def matches(self, record: Mapping[str, Any]) -> bool:
        return any(self.value.holds(found) for found in values(record, self.field))


@dataclass(frozen=True)
class Null:
    """A field is null or absent."""

    field: str

    def matches(self, record: Mapping[str, Any]) -> bool:
        return all(found is None for found in values(record, self.field))


@dataclass(frozen=True)
class Exists:
    """A field exists, null or not; or, with `there` false, is absent."""

    field: str
    there: bool = True

    def matches(self, record: Mapping[str, Any]) -> bool:
        return any(True for _ in values(record, self.field)) == self.there


@dataclass(frozen=True)
class SameAs:
    """Two fields have a value in common, compared without case (Sigma's `|fieldref`)."""

    field: str
    other: str

    def matches(self, record: Mapping[str, Any]) -> bool:
        others = {folded(as_text(found)) for found in values(record, self.other) if found is not None}
        return any(found is not None and folded(as_text(found)) in others for found in values(record, self.field))


@dataclass(frozen=True)
class Keyword:
    """A text that occurs in any value of the record (Sigma's keywords), or of one object in it.

    Third-party rules search objects such as requestParameters, which other systems store as JSON text. Here only the
    values are searched, not the keys or the JSON syntax.
    """

    text: Text
    field: str | None = None

    def matches(self, record: Mapping[str, Any]) -> bool:
        anywhere = Text((Part(wildcard=ANY), *self.text.parts, Part(wildcard=ANY)), self.text.cased)
        within = [record] if self.field is None else values(record, self.field)
        return any(anywhere.holds(found) for place in within for found in _leaves(place))


@dataclass(frozen=True)
class Not:
    of: "Condition"

    def matches(self, record: Mapping[str, Any]) -> bool:
        return not self.of.matches(record)


@dataclass(frozen=True)
class And:
    of: tuple["Condition", ...]

    def matches(self, record: Mapping[str, Any]) -> bool:
        return all(condition.matches(record) for condition in self.of)


@dataclass(frozen=True)
class Or:
    of: tuple["Condition", ...]

    def matches(self, record: Mapping[str, Any]) -> bool:
        return any(condition.matches(record) for condition in self.of)


Leaf = Test | Null | Exists | SameAs | Keyword
Condition = Leaf | Not | And | Or


_SEPARATOR = re.compile(r"(?<!\\)\.")
_LOWER_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(text: str) -> str:
    """Return the text in lower case, A to Z only."""
    return text.translate(_LOWER_CASE)


def as_text(value: Any) -> str:
    """Return a scalar as JSON writes it, without quotes around text."""
    return value if isinstance(value, str) else json.dumps(value)


def values(record: Any, field: str) -> Iterator[Any]:
    """Return the values at a path. Lists are transparent, also at its end; an empty list has no value."""
    yield from _at(record, split_path(field))


def split_path(field: str) -> list[str]:
    """Return the keys of a path."""
    if "\\" not in field:
        return field.split(".")
    return [key.replace("\\.", ".") for key in _SEPARATOR.split(field)]


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
