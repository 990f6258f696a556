"""CloudWatch Logs filter patterns for JSON, as guardrails read them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. As with event patterns (see
event_pattern.py), a guardrail knows little of a record, so a pattern is asked whether it *certainly* matches. What is
read are texts compared with = and !=, and NOT EXISTS: any other condition counts as not met.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .event_pattern import Value

MAX_CHARACTERS = 1024  # CloudWatch Logs' quota for PutMetricFilter

_TOKEN = re.compile(
    r'\s*(?:(?P<sign>&&|\|\||[(){}]|[!<>]?=|[<>])|"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>[^\s(){}"=!<>&|]+))'
)
_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_MAX_PARENTHESES = 100

Record = Mapping[str, Value]
Condition = Callable[[Record], bool]


class InvalidPattern(ValueError):  # noqa: N818 - AWS's word; it is an error by its base
    """A text that is not a JSON filter pattern; the message says why, in words that follow "the pattern"."""


@dataclass(frozen=True)
class FilterPattern:
    """A pattern, parsed."""

    condition: Condition

    @classmethod
    def of(cls, text: object) -> "FilterPattern":
        """The pattern in a metric filter.

        Raises:
            InvalidPattern: it is not a pattern for JSON records, as CloudTrail's are.
        """
        return cls(_Parser(str(text)).pattern())

    def certainly_matches(self, record: Record) -> bool:
        """Whether every record with these values, by path as in `userIdentity.arn`, certainly matches."""
        return self.condition(record)


class _Parser:
    """&& binds closer than ||."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._depth = 0
        text, position = text.strip(), 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if not found:
                raise InvalidPattern(f"can't be read from {text[position : position + 20]!r} on")
            self._tokens.append((str(found.lastgroup), str(found[str(found.lastgroup)])))
            position = found.end()
        self._tokens.reverse()

    def pattern(self) -> Condition:
        self._take("{", "begin with {, as patterns for JSON do")
        condition = self._any_of()
        self._take("}", "end with }")
        if self._tokens:
            raise InvalidPattern("goes on after its }")
        return condition

    def _any_of(self) -> Condition:
        conditions = [self._all_of()]
        while self._next_is("||"):
            conditions.append(self._all_of())
        return lambda record: any(condition(record) for condition in conditions)

    def _all_of(self) -> Condition:
        conditions = [self._one()]
        while self._next_is("&&"):
            conditions.append(self._one())
        return lambda record: all(condition(record) for condition in conditions)

    def _one(self) -> Condition:
        if not self._next_is("("):
            return self._comparison()
        self._depth += 1
        if self._depth > _MAX_PARENTHESES:
            raise InvalidPattern("has too many parentheses in one another")
        condition = self._any_of()
        self._take(")", "close its parentheses")
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        selector = self._text()
        if not selector.startswith("$."):
            raise InvalidPattern(f"has {selector!r} where a field such as $.eventName belongs")
        path = selector.removeprefix("$.")
        operator = self._text()
        if operator not in _COMPARISONS:  # NOT EXISTS, IS NULL, IS TRUE, IS FALSE
            unary = operator, self._text()
            return lambda record: unary == ("NOT", "EXISTS") and path in record and record[path] is None
        operand = self._text()
        if operator not in ("=", "!=") or operand.startswith("%"):
            return lambda record: False
        wanted = re.compile(".*".join(re.escape(piece) for piece in operand.split("*")), re.DOTALL)

        def compared(record: Record) -> bool:
            value = record.get(path)
            return isinstance(value, str) and (wanted.fullmatch(value) is not None) == (operator == "=")

        return compared

    def _next_is(self, sign: str) -> bool:
        found = bool(self._tokens) and self._tokens[-1] == ("sign", sign)
        if found:
            self._tokens.pop()
        return found

    def _take(self, sign: str, must: str) -> None:
        if not self._next_is(sign):
            raise InvalidPattern(f"does not {must}")

    def _text(self) -> str:
        if not self._tokens:
            raise InvalidPattern("ends too early")
        return self._tokens.pop()[1]
