"""What a Sigma rule asks of a record, as a tree: the meaning that every back end has to keep.

The leaves are tests of one field. `matches` says what they mean on a CloudTrail record, and is what the compiled forms
are compared with:

- A field is a path such as `requestParameters.name`. Lists on the way are transparent: a test holds if it holds for one
  of the values.
- A record without the field fails every test but `Null` and `Exists(False)`. So `not (errorCode: X)` holds where there
  is no errorCode (Sigma specification, "Conditions").
- Text is compared without case unless it is `cased` (Sigma specification, "Value modifiers"). Case is that of the
  letters A to Z: the engines that a rule is compiled for do not agree on any others.
"""

import functools
import ipaddress
import json
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
        """The text itself if there is no wildcard in it."""
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
    """A number that is equal, or compared: `op` is =, <, <=, > or >=. Only numbers of a record are compared."""

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
    """An address within a network, such as 10.0.0.0/8. CloudTrail also writes services' names where addresses stand."""

    network: str

    def holds(self, value: Any) -> bool:
        try:
            return ipaddress.ip_address(str(value)) in ipaddress.ip_network(self.network)
        except ValueError:
            return False


@dataclass(frozen=True)
class Regex:
    """A regular expression that is found somewhere in the text. Cased unless it says otherwise (Sigma's `|re`).

    Its classes, such as `\\w`, and its case are those of ASCII.
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

    __test__ = False  # to pytest: this is no test

    field: str
    value: Value

    def matches(self, record: Mapping[str, Any]) -> bool:
        return any(self.value.holds(found) for found in values(record, self.field))


@dataclass(frozen=True)
class Null:
    """A field is null, or isn't there at all."""

    field: str

    def matches(self, record: Mapping[str, Any]) -> bool:
        return all(found is None for found in values(record, self.field))


@dataclass(frozen=True)
class Exists:
    """A field is there, null or not; or, with `there` false, it isn't."""

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
    """A text that is found in any value of the record (Sigma's keywords), or of one object in it.

    Rules of others ask what an object such as requestParameters contains, because elsewhere its JSON is kept as text.
    Here its values are searched, and neither its keys nor how it was written.
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


_LOWER_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(text: str) -> str:
    """Text without case."""
    return text.translate(_LOWER_CASE)


def as_text(value: Any) -> str:
    """A leaf of a record as JSON writes it, without the quotes of text."""
    return value if isinstance(value, str) else json.dumps(value)


def values(record: Any, field: str) -> Iterator[Any]:
    """The values at a path. Lists are transparent, also at its end; an empty list has no value."""
    yield from _at(record, field.split("."))


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
