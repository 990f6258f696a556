"""Join SQL conditions with AND and OR."""

from collections.abc import Iterable

from sqlglot import exp


def all_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return _joined(exp.And, [each for each in conditions if each != exp.true()], exp.true())


def any_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return _joined(exp.Or, [each for each in conditions if each != exp.false()], exp.false())


def _joined(connector: type[exp.Connector], conditions: list[exp.Expr], none: exp.Expr) -> exp.Expr:
    """Join as a balanced tree, because the engines limit the depth of expressions."""
    if not conditions:
        return none
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    halves = [_joined(connector, part, none) for part in (conditions[:middle], conditions[middle:])]
    left, right = (exp.Paren(this=half) if isinstance(half, exp.Connector) else half for half in halves)
    return connector(this=left, expression=right)
