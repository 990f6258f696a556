"""Comparisons of a filter pattern: an operator and a text with wildcards, a number, or a regex.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from operator import ge, gt, le, lt

from .filter_pattern_regex import take_regex
from .filter_pattern_scanner import Scanner

_OPERATORS = ("!=", "<=", ">=", "=", "<", ">")  # longer ones first: they are tried in this order
_ORDERS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
# AWS documents "alphanumeric and underscore", but its examples have unquoted dots and stars; numbers have signs.
_BARE = frozenset(string.ascii_letters + string.digits + "_.*+-")
_BARE_TEXT = re.compile(r"[A-Za-z0-9_.*]+")
_AFTER_VALUE = frozenset(string.whitespace + "&|)}],")
_NEEDS_QUOTES = "a value with characters other than letters, digits, _, . and * must be in double quotes"
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Text:
    """A text to compare; a star at either end matches any characters, elsewhere only itself."""

    text: str

    @property
    def has_wildcard(self) -> bool:
        return "*" in self.text and (self.text[0] == "*" or self.text[-1] == "*")

    def equals(self, text: str, number: float | None) -> bool:
        if not self.has_wildcard:
            return text == self.text
        open_start, open_end = self.text.startswith("*"), self.text.endswith("*")
        literal = self.text[open_start : len(self.text) - open_end]
        if open_start and open_end:
            return literal in text
        return text.endswith(literal) if open_start else text.startswith(literal)


@dataclass(frozen=True, slots=True)
class Number:
    """An unquoted number as written; a text equals it if identical."""

    text: str

    def equals(self, text: str, number: float | None) -> bool:
        return text == self.text if number is None else number == float(self.text)


@dataclass(frozen=True, slots=True)
class Regex:
    pattern: re.Pattern[str]

    def equals(self, text: str, number: float | None) -> bool:
        return self.pattern.search(text) is not None


@dataclass(frozen=True, slots=True)
class Equality:
    """= or, negated, !=."""

    operand: Text | Number | Regex
    negated: bool

    def holds(self, text: str, number: float | None) -> bool:
        """Return whether the comparison holds for a value, given as text and, if it is one, as a number."""
        return self.operand.equals(text, number) != self.negated

    @property
    def only_text(self) -> str | None:
        """The one text for which the comparison holds; None if there may be others, or numbers of other spellings."""
        if self.negated or not isinstance(self.operand, Text) or self.operand.has_wildcard:
            return None
        return self.operand.text


@dataclass(frozen=True, slots=True)
class Order:
    """<, <=, > or >=; false for values that aren't numbers."""

    operator: str
    limit: float

    def holds(self, text: str, number: float | None) -> bool:
        return number is not None and _ORDERS[self.operator](number, self.limit)


def as_number(text: str) -> float | None:
    """Parse the text as a number; return None if it isn't one."""
    return float(text) if _NUMBER.fullmatch(text) else None


def take_comparison(scanner: Scanner) -> Equality | Order | None:
    """Read an operator and its operand; None if no operator comes next. Raises InvalidFilterPattern."""
    scanner.skip_space()
    operator = next((operator for operator in _OPERATORS if scanner.take(operator)), None)
    if operator is None:
        return None
    scanner.skip_space()
    start = scanner.position
    operand = _take_operand(scanner)
    if operator not in _ORDERS:
        return Equality(operand, negated=operator == "!=")
    if not isinstance(operand, Number):
        raise scanner.refusal(f"{operator} only compares with a number", start)
    return Order(operator, float(operand.text))


def _take_operand(scanner: Scanner) -> Text | Number | Regex:
    if scanner.sees("%"):
        return Regex(take_regex(scanner))
    if scanner.sees('"'):
        return Text(scanner.take_quoted())
    start = scanner.position
    bare = scanner.take_while(_BARE.__contains__)
    if not bare and (scanner.at_end or scanner.text[scanner.position] in _AFTER_VALUE):
        raise scanner.refusal("expected a value: a number, a text in double quotes, or a %regex%")
    if not scanner.at_end and scanner.text[scanner.position] not in _AFTER_VALUE:
        raise scanner.refusal(_NEEDS_QUOTES)
    if _NUMBER.fullmatch(bare):
        return Number(bare)
    if not _BARE_TEXT.fullmatch(bare):
        raise scanner.refusal(_NEEDS_QUOTES, start)
    return Text(bare)
