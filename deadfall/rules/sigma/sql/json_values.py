"""SQL for the values at a JSON path; lists on the path are transparent, as in `condition.values`."""

from collections.abc import Callable, Sequence
from typing import Protocol

from sqlglot import exp

from .table import Holds, ValueExpressions


class ValueFunctions(Protocol):
    """An engine's functions on one JSON value."""

    def text(self, json: exp.Expr) -> exp.Expr:
        """Return the text of a scalar; NULL for anything else."""
        ...

    def written(self, json: exp.Expr) -> exp.Expr:
        """Return JSON as text."""
        ...


class JsonFunctions(ValueFunctions, Protocol):
    """An engine's functions for navigating JSON."""

    def member(self, json: exp.Expr, key: str) -> exp.Expr:
        """Return the member of an object; NULL if absent."""
        ...

    def items(self, json: exp.Expr) -> exp.Expr:
        """Return an array of a list's items, or of the single value if it isn't a list."""
        ...

    def any_of(self, array: exp.Expr, holds: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
        """Return whether one of an array's items satisfies the condition."""
        ...


def any_at(json: exp.Expr, path: Sequence[str], holds: Holds, functions: JsonFunctions) -> exp.Expr:
    """Return whether one of the values at the path satisfies the condition."""

    def inner(item: exp.Expr) -> exp.Expr:
        if path:
            return any_at(functions.member(item, path[0]), path[1:], holds, functions)
        return holds(value_expressions(item, functions))

    return functions.any_of(functions.items(json.copy()), inner)


def exists_at(json: exp.Expr, path: Sequence[str], functions: JsonFunctions) -> exp.Expr:
    """Return whether the path has a value, null or not."""
    if not path:
        anything = functions.any_of(functions.items(json.copy()), lambda _: exp.true())
        return exp.And(this=exp.Not(this=exp.Is(this=json.copy(), expression=exp.null())), expression=anything)
    return functions.any_of(
        functions.items(json.copy()), lambda item: exists_at(functions.member(item, path[0]), path[1:], functions)
    )


def value_expressions(json: exp.Expr, functions: ValueFunctions) -> ValueExpressions:
    """Return the expressions for one JSON value."""
    written = functions.written(json)
    return ValueExpressions(
        text=functions.text(json.copy()),
        # JSON text has quotes, so the text "5" isn't a number.
        number=exp.TryCast(this=written.copy(), to=exp.DataType.build("double")),
        true=exp.EQ(this=written.copy(), expression=exp.Literal.string("true")),
        false=exp.EQ(this=written.copy(), expression=exp.Literal.string("false")),
        not_null=exp.NEQ(this=written.copy(), expression=exp.Literal.string("null")),
    )
