"""JSON filter patterns: `{ $.eventName = "GetSecretValue" && $.errorCode NOT EXISTS }`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-json-log-events

A comparison, including !=, is false if the selector selects nothing (reported from AWS:
https://github.com/DataBiosphere/azul/issues/5884) or an object or array (AWS's guide of 2021). Not verified on AWS:
that it is false for true, false and null, which the guide tests with IS; that a number compared with a text or regex is
compared as text; that with a wildcard selector one matching value is enough, also for !=.
"""

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from .aws_limits import MAX_WILDCARD_SELECTORS
from .filter_pattern_expression import Condition, parse_expression
from .filter_pattern_scanner import Scanner
from .filter_pattern_values import Equality, Order, take_comparison

_MAX_PARENTHESES = 100  # nesting limit of our own, against hostile input
_NAME = frozenset(string.ascii_letters + string.digits + "-_")
_CONSTANTS: dict[str, bool | None] = {"NULL": None, "TRUE": True, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Key:
    name: str

    def values(self, container: object) -> list[object]:
        # isinstance with an abstract class is slow, so dict is tried before it.
        return [container[self.name]] if isinstance(container, (dict, Mapping)) and self.name in container else []


@dataclass(frozen=True, slots=True)
class Index:
    index: int

    def values(self, container: object) -> list[object]:
        return [container[self.index]] if isinstance(container, list) and self.index < len(container) else []


@dataclass(frozen=True, slots=True)
class AnyKey:
    def values(self, container: object) -> list[object]:
        return list(container.values()) if isinstance(container, Mapping) else []


@dataclass(frozen=True, slots=True)
class AnyIndex:
    def values(self, container: object) -> list[object]:
        return container if isinstance(container, list) else []


Step = Key | Index | AnyKey | AnyIndex


@dataclass(frozen=True, slots=True)
class Selector:
    steps: tuple[Step, ...]

    def values(self, record: object) -> list[object]:
        found = [record]
        for step in self.steps:
            found = step.values(found[0]) if len(found) == 1 else [value for one in found for value in step.values(one)]
            if not found:
                break
        return found


def comparable_text(value: object) -> str | None:
    """Return the text as which a value is compared with texts; None for values that equal no text."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Compares:
    selector: Selector
    comparison: Equality | Order

    def matches(self, record: object, /) -> bool:
        return any(self.holds(value) for value in self.selector.values(record))

    def holds(self, value: object) -> bool:
        """Return whether a selected value meets the comparison."""
        text = comparable_text(value)
        return text is not None and self.comparison.holds(text, value if isinstance(value, int | float) else None)


@dataclass(frozen=True, slots=True)
class Is:
    selector: Selector
    constant: bool | None

    def matches(self, record: object, /) -> bool:
        return any(self.holds(value) for value in self.selector.values(record))

    def holds(self, value: object) -> bool:
        """Return whether a selected value is the constant."""
        return value is self.constant


@dataclass(frozen=True, slots=True)
class NotExists:
    selector: Selector

    def matches(self, record: object, /) -> bool:
        return not self.selector.values(record)


@dataclass(frozen=True, slots=True)
class JsonPattern:
    expression: Condition

    def matches(self, message: str | Mapping[str, object]) -> bool:
        record = _parsed(message) if isinstance(message, str) else message
        return isinstance(record, Mapping) and self.expression.matches(record)


def _parsed(message: str) -> object:
    """Parse a JSON message; return None if it isn't JSON, which no JSON pattern matches."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(message, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None


def parse_json_pattern(text: str) -> JsonPattern:
    """Parse a pattern in braces. Raises InvalidFilterPattern."""
    return JsonPattern(_Parser(text).parse())


class _Parser:
    def __init__(self, text: str) -> None:
        self._scanner = Scanner(text)
        self._parentheses = 0
        self._wildcard_selectors = 0

    def parse(self) -> Condition:
        scanner = self._scanner
        scanner.skip_space()
        scanner.take("{")
        expression = parse_expression(scanner, self._condition)
        if not scanner.take("}"):
            raise scanner.refusal("expected &&, || or the closing }")
        scanner.skip_space()
        if not scanner.at_end:
            raise scanner.refusal("nothing may follow the closing }")
        return expression

    def _condition(self) -> Condition:
        scanner = self._scanner
        if scanner.take("("):
            self._parentheses += 1
            if self._parentheses > _MAX_PARENTHESES:
                raise scanner.refusal("parentheses nested too deeply")
            expression = parse_expression(scanner, self._condition)
            if not scanner.take(")"):
                raise scanner.refusal("expected &&, || or a closing )")
            self._parentheses -= 1
            return expression
        selector = self._selector()
        comparison = take_comparison(scanner)
        return self._keyword_condition(selector) if comparison is None else Compares(selector, comparison)

    def _keyword_condition(self, selector: Selector) -> Condition:
        start = self._scanner.position
        match self._word(), self._word():
            case "NOT", "EXISTS":
                return NotExists(selector)
            case "IS", ("NULL" | "TRUE" | "FALSE") as constant:
                return Is(selector, _CONSTANTS[constant])
        raise self._scanner.refusal(
            "expected an operator: =, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS "
            "(there is no EXISTS and no IS NOT)",
            start,
        )

    def _word(self) -> str:
        self._scanner.skip_space()
        return self._scanner.take_while(str.isalpha)

    def _selector(self) -> Selector:
        scanner = self._scanner
        start = scanner.position
        if not scanner.sees("$."):
            raise scanner.refusal("a condition must begin with a selector such as $.eventName")
        scanner.take("$")
        steps: list[Step] = []
        while True:
            if scanner.take("."):
                steps.append(self._bracket_key() if scanner.sees("[") else self._key())
            elif scanner.sees("['"):
                steps.append(self._bracket_key())
            elif scanner.take("["):
                steps.append(self._index())
            else:
                break
        wildcards = sum(isinstance(step, AnyKey | AnyIndex) for step in steps)
        self._wildcard_selectors += wildcards
        if wildcards > 1:
            raise scanner.refusal("a selector may contain at most one wildcard", start)
        if self._wildcard_selectors > MAX_WILDCARD_SELECTORS:
            raise scanner.refusal(f"a pattern may contain at most {MAX_WILDCARD_SELECTORS} wildcard selectors", start)
        return Selector(tuple(steps))

    def _key(self) -> Step:
        if self._scanner.take("*"):
            return AnyKey()
        name = self._scanner.take_while(_NAME.__contains__)
        if not name:
            raise self._scanner.refusal("expected a key of letters, digits, - and _; write others as ['key']")
        return Key(name)

    def _bracket_key(self) -> Key:
        if not self._scanner.take("['"):
            raise self._scanner.refusal("a key in brackets is written ['key']")
        return Key(self._scanner.take_until("']", "the key in brackets is never closed with ']"))

    def _index(self) -> Step:
        scanner = self._scanner
        if scanner.take("*"):
            step: Step = AnyIndex()
        else:
            digits = scanner.take_while("0123456789".__contains__)
            if not 0 < len(digits) <= 9:
                raise scanner.refusal("expected the index of an array element, or *")
            step = Index(int(digits))
        if not scanner.take("]"):
            raise scanner.refusal("expected ]")
        return step
