"""Parse compound conditions of a filter pattern; && binds more tightly than ||."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .filter_pattern_scanner import Scanner


class Condition(Protocol):
    """A condition on a JSON record, or on one field of a space-delimited message."""

    def matches(self, subject: Any, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: tuple[Condition, ...]

    def matches(self, subject: Any, /) -> bool:
        return all(condition.matches(subject) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: tuple[Condition, ...]

    def matches(self, subject: Any, /) -> bool:
        return any(condition.matches(subject) for condition in self.conditions)


def parse_expression(scanner: Scanner, parse_condition: Callable[[], Condition]) -> Condition:
    """Read conditions joined with && and ||. Raises InvalidFilterPattern."""
    alternatives = [_parse_conjunction(scanner, parse_condition)]
    while scanner.take("||"):
        alternatives.append(_parse_conjunction(scanner, parse_condition))
    return alternatives[0] if len(alternatives) == 1 else AnyOf(tuple(alternatives))


def _parse_conjunction(scanner: Scanner, parse_condition: Callable[[], Condition]) -> Condition:
    conditions = [_parse_unit(scanner, parse_condition)]
    while scanner.take("&&"):
        conditions.append(_parse_unit(scanner, parse_condition))
    return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))


def _parse_unit(scanner: Scanner, parse_condition: Callable[[], Condition]) -> Condition:
    scanner.skip_space()
    condition = parse_condition()
    scanner.skip_space()
    return condition
