"""A JSON filter pattern under construction: comparisons joined by && and ||, and how it is split where it is too long.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

from dataclasses import dataclass

from deadfall.patterns.filter_pattern import MAX_FILTER_CHARACTERS
from deadfall.patterns.filter_pattern_regex import MAX_REGEXES

_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_OPPOSITE_CONSTANTS = {"TRUE": "FALSE", "FALSE": "TRUE"}
_MAX_JOINED_REGEX = MAX_FILTER_CHARACTERS // 2  # one comparison can't be split, so leave room beside it


@dataclass(frozen=True)
class Comparison:
    """`$.field operator operand`, as it is written. `operator` is =, !=, <, <=, >, >=, IS or NOT (EXISTS)."""

    selector: str
    operator: str
    operand: str

    @property
    def opposite(self) -> "Comparison":
        """True where this is false, on a value that is there, is not null and of the kind that is compared."""
        if self.operator == "IS":
            return Comparison(self.selector, "IS", _OPPOSITE_CONSTANTS[self.operand])
        return Comparison(self.selector, _OPPOSITES[self.operator], self.operand)

    @property
    def is_regex(self) -> bool:
        return self.operand.startswith("%")


@dataclass(frozen=True)
class AllOf:
    of: tuple["Expression", ...]


@dataclass(frozen=True)
class AnyOf:
    of: tuple["Expression", ...]


Expression = Comparison | AllOf | AnyOf


def all_of(*parts: Expression) -> Expression:
    """All parts hold; flat, and with the regexes that a field must not match as one."""
    flat = [inner for part in parts for inner in (part.of if isinstance(part, AllOf) else (part,))]
    joined = _regexes_joined(flat, "!=")
    return joined[0] if len(joined) == 1 else AllOf(tuple(joined))


def any_of(*parts: Expression) -> Expression:
    """One of the parts holds; flat, and with the regexes of a field as one."""
    flat = [inner for part in parts for inner in (part.of if isinstance(part, AnyOf) else (part,))]
    joined = _regexes_joined(flat, "=")
    return joined[0] if len(joined) == 1 else AnyOf(tuple(joined))


def written(expression: Expression) -> str:
    """The filter pattern. Every operand of && and || stands in parentheses, so that precedence never matters."""
    return f"{{ {_written(expression)} }}"


def split(expression: Expression) -> list[str] | None:
    """Filter patterns within the limits, of which one matches wherever the expression holds; None if there are none.

    The limits: 1,024 characters (PutMetricFilter), two regexes (guide: "Supported regular expressions").
    """
    if _fits(expression):
        return [written(expression)]
    beside, choices = _choices(expression)
    if len(choices) < 2:
        return None
    groups: list[list[Expression]] = []
    for choice in choices:
        if groups and _fits(all_of(*beside, any_of(*groups[-1], choice))):
            groups[-1].append(choice)
        else:
            groups.append([choice])
    patterns: list[str] = []
    for group in groups:
        parts = split(all_of(*beside, any_of(*group)))
        if parts is None:
            return None
        patterns.extend(parts)
    return patterns


def _choices(expression: Expression) -> tuple[tuple[Expression, ...], tuple[Expression, ...]]:
    """What always has to hold, and the longest of the choices beside it."""
    if isinstance(expression, AnyOf):
        return (), expression.of
    parts = expression.of if isinstance(expression, AllOf) else (expression,)
    alternatives = [part for part in parts if isinstance(part, AnyOf)]
    if not alternatives:
        return parts, ()
    longest = max(alternatives, key=lambda part: len(_written(part)))
    return tuple(part for part in parts if part is not longest), longest.of


def _fits(expression: Expression) -> bool:
    return len(written(expression)) <= MAX_FILTER_CHARACTERS and _regexes(expression) <= MAX_REGEXES


def _regexes(expression: Expression) -> int:
    if isinstance(expression, Comparison):
        return int(expression.is_regex)
    return sum(map(_regexes, expression.of))


def _written(expression: Expression) -> str:
    match expression:
        case Comparison(selector, operator, operand):
            return f"{selector} {operator} {operand}"
        case AllOf(of):
            return " && ".join(f"({_written(part)})" for part in of)
        case AnyOf(of):
            return " || ".join(f"({_written(part)})" for part in of)


def _regexes_joined(parts: list[Expression], operator: str) -> list[Expression]:
    """The parts, with neighbouring regexes of one field as one: a regex knows | too, and a pattern few regexes."""

    joined: list[Expression] = []
    for part in parts:
        match joined[-1:], part:
            case (
                [Comparison(selector, before, one)],
                Comparison(same, after, other),
            ) if selector == same and before == after == operator and _joinable(one, other):
                joined[-1] = Comparison(selector, operator, f"{one[:-1]}|{other[1:]}")
            case _:
                joined.append(part)
    return joined


def _joinable(one: str, other: str) -> bool:
    return one.startswith("%") and other.startswith("%") and len(one) + len(other) <= _MAX_JOINED_REGEX
