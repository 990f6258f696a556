"""Write a condition as alternatives whose parts can be checked one by one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from deadfall.patterns.condition import And, Condition, Keyword, Leaf, Not, Or

FormLeaf = Leaf | Not
"""A leaf of a normal form: a test or its negation."""
Choice = tuple[FormLeaf, ...]
"""Tests of one field, of which one must hold."""
Alternative = tuple[Choice, ...]
"""Choices that must all hold."""

_MOST = 512


def alternatives(condition: Condition) -> list[Alternative] | None:
    """Return the alternatives of a normal form, one of which must hold; None if there are too many."""
    match condition:
        case Or():
            choices, others = _choices(condition.of)
            found: list[Alternative] = [(choice,) for choice in choices]
            for inner in others:
                more = alternatives(inner)
                if more is None:
                    return None
                found += more
            return found if len(found) <= _MOST else None
        case And():
            combined: list[Alternative] = [()]
            for inner in condition.of:
                more = alternatives(inner)
                if more is None or len(combined) * len(more) > _MOST:
                    return None
                combined = [(*one, *other) for one, other in product(combined, more)]
            return combined
    return [((condition,),)]


def leaves(condition: Condition) -> Iterator[FormLeaf]:
    """Return the leaves of a normal form."""
    if isinstance(condition, And | Or):
        for inner in condition.of:
            yield from leaves(inner)
    else:
        yield condition


def field_of(leaf: FormLeaf) -> str | None:
    """Return the field that a leaf tests; None for a keyword, which searches all of them."""
    tested = leaf.of if isinstance(leaf, Not) else leaf
    return None if isinstance(tested, Keyword) else tested.field  # type: ignore[union-attr] a leaf of a normal form


def _choices(conditions: Sequence[Condition]) -> tuple[list[Choice], list[Condition]]:
    by_field: dict[str | None, list[FormLeaf]] = defaultdict(list)
    others: list[Condition] = []
    for inner in conditions:
        if isinstance(inner, And | Or):
            others.append(inner)
        else:
            by_field[field_of(inner)].append(inner)
    return [tuple(found) for found in by_field.values()], others
