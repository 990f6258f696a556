"""Build JSON filter patterns: comparisons joined by && and ||, split if too long.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from deadfall.patterns.aws_limits import MAX_FILTER_CHARACTERS
from deadfall.patterns.filter_pattern_regex import MAX_REGEXES

_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_OPPOSITE_CONSTANTS = {"TRUE": "FALSE", "FALSE": "TRUE"}
_MAX_JOINED_REGEX = MAX_FILTER_CHARACTERS // 2  # a comparison can't be split, so leave room for others


@dataclass(frozen=True)
class Comparison:
    """A comparison `$.field operator operand`; `operator` is =, !=, <, <=, >, >=, IS or NOT (EXISTS)."""

    selector: str
    operator: str
    operand: str

    @property
    def opposite(self) -> "Comparison":
        """The negated comparison, for values that exist, aren't null and have the compared type."""
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
    """Join parts with &&, flattened, combining the regexes that a field must not match."""
    flat = [inner for part in parts for inner in (part.of if isinstance(part, AllOf) else (part,))]
    joined = _join_regexes(flat, "!=")
    return joined[0] if len(joined) == 1 else AllOf(tuple(joined))


def any_of(*parts: Expression) -> Expression:
    """Join parts with ||, flattened, combining the regexes of a field."""
    flat = [inner for part in parts for inner in (part.of if isinstance(part, AnyOf) else (part,))]
    joined = _join_regexes(flat, "=")
    return joined[0] if len(joined) == 1 else AnyOf(tuple(joined))


def render(expression: Expression) -> str:
    """Return the filter pattern, with all operands of && and || in parentheses, so that precedence never matters."""
    return f"{{ {_render(expression)} }}"


def split(expression: Expression) -> list[str] | None:
    """Return filter patterns within the limits, one of which matches if the expression does; None if impossible.

    The limits: 1,024 characters (PutMetricFilter), two regexes (guide: "Supported regular expressions").
    """
    if _fits(expression):
        return [render(expression)]
    required, choices = _choices(expression)
    if len(choices) < 2:
        return None
    groups: list[list[Expression]] = []
    for choice in choices:
        if groups and _fits(all_of(*required, any_of(*groups[-1], choice))):
            groups[-1].append(choice)
        else:
            groups.append([choice])
    patterns: list[str] = []
    for group in groups:
        parts = split(all_of(*required, any_of(*group)))
        if parts is None:
            return None
        patterns.extend(parts)
    return patterns


def without_longest(expression: Expression, keep: Collection[str]) -> Expression | None:
    """Return an expression without its longest requirement, or the one with most regexes if these are too many.

    Args:
        keep: selectors whose comparisons stay.

    Returns:
        None if there is none to leave out.
    """
    requirements = [each for each in _requirements(expression) if not _selectors(each) & set(keep)]
    too_many = _regexes(expression) > MAX_REGEXES
    longest = max(requirements, key=lambda each: (_regexes(each) if too_many else 0, len(_render(each))), default=None)
    return None if longest is None else _without(longest, expression)


def _requirements(expression: Expression) -> Iterator[Expression]:
    if not isinstance(expression, Comparison):
        for part in expression.of:
            if isinstance(expression, AllOf):
                yield part
            yield from _requirements(part)


def _selectors(expression: Expression) -> set[str]:
    if isinstance(expression, Comparison):
        return {expression.selector}
    return set().union(*map(_selectors, expression.of))


def _without(requirement: Expression, expression: Expression) -> Expression | None:
    """Return the expression as if the requirement held; None if it then always holds."""
    if expression == requirement:
        return None
    match expression:
        case Comparison():
            return expression
        case AllOf(of):
            parts = [part for each in of if (part := _without(requirement, each))]
            return all_of(*parts) if parts else None
        case AnyOf(of):
            parts = [_without(requirement, each) for each in of]
            return None if None in parts else any_of(*(part for part in parts if part))


def _choices(expression: Expression) -> tuple[tuple[Expression, ...], tuple[Expression, ...]]:
    """Return the parts that must always hold, and the alternatives of the longest remaining part."""
    if isinstance(expression, AnyOf):
        return (), expression.of
    parts = expression.of if isinstance(expression, AllOf) else (expression,)
    alternatives = [part for part in parts if isinstance(part, AnyOf)]
    if not alternatives:
        return parts, ()
    longest = max(alternatives, key=lambda part: len(_render(part)))
    return tuple(part for part in parts if part is not longest), longest.of


def _fits(expression: Expression) -> bool:
    return len(render(expression)) <= MAX_FILTER_CHARACTERS and _regexes(expression) <= MAX_REGEXES


def _regexes(expression: Expression) -> int:
    if isinstance(expression, Comparison):
        return int(expression.is_regex)
    return sum(map(_regexes, expression.of))


def _render(expression: Expression) -> str:
    match expression:
        case Comparison(selector, operator, operand):
            return f"{selector} {operator} {operand}"
        case AllOf(of):
            return " && ".join(f"({_render(part)})" for part in of)
        case AnyOf(of):
            return " || ".join(f"({_render(part)})" for part in of)


def _join_regexes(parts: list[Expression], operator: str) -> list[Expression]:
    """Combine neighbouring regexes of one field with |, because a pattern may have only a few regexes."""

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
