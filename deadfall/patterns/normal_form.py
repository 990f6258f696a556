"""Convert a condition to negation normal form: `Not` only around leaves, `And` and `Or` flat and alternating."""

from collections.abc import Iterator

from .condition import And, Condition, Exists, Not, Or


def normal_form(condition: Condition) -> Condition:
    """Return an equivalent condition with negations at the leaves, and without repetitions or redundant nodes.

    The result may be `And(())`, which always holds, or `Or(())`, which never does, but never contains them.
    """
    return _normal(condition, negated=False)


def _normal(condition: Condition, *, negated: bool) -> Condition:
    match condition:
        case Not():
            return _normal(condition.of, negated=not negated)
        case And() | Or():
            joined = And if isinstance(condition, And) != negated else Or
            return _joined(joined, [_normal(inner, negated=negated) for inner in condition.of])
        case Exists() if negated:
            return Exists(condition.field, not condition.there)
    return Not(condition) if negated else condition


def _joined(kind: type[And] | type[Or], conditions: list[Condition]) -> Condition:
    flat = tuple(dict.fromkeys(_flat(kind, conditions)))
    decides, changes_nothing = (Or(()), And(())) if kind is And else (And(()), Or(()))
    if decides in flat:
        return decides
    remaining = tuple(condition for condition in flat if condition != changes_nothing)
    return remaining[0] if len(remaining) == 1 else kind(remaining)


def _flat(kind: type[And] | type[Or], conditions: list[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        if isinstance(condition, kind):
            yield from condition.of
        else:
            yield condition
