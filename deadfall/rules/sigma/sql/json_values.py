"""The values at a path of JSON, as SQL: lists on the way are transparent, as `condition.values` has it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from sqlglot import exp

from .table import Found, Holds


class ValueFunctions(Protocol):
    """What an engine calls that which is asked of one value."""

    def text(self, json: exp.Expr) -> exp.Expr:
        """The text of a scalar; NULL of anything else."""
        ...

    def written(self, json: exp.Expr) -> exp.Expr:
        """JSON as text."""
        ...


class JsonFunctions(ValueFunctions, Protocol):
    """What an engine calls the few things that are asked of JSON."""

    def member(self, json: exp.Expr, key: str) -> exp.Expr:
        """The member of an object; NULL where there is none."""
        ...

    def items(self, json: exp.Expr) -> exp.Expr:
        """The values in a list, or the one value that is no list; as an array."""
        ...

    def any_of(self, array: exp.Expr, holds: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
        """One of an array's items satisfies the condition."""
        ...


def any_at(json: exp.Expr, path: Sequence[str], holds: Holds, functions: JsonFunctions) -> exp.Expr:
    """One of the values at the path satisfies the condition."""

    def inner(item: exp.Expr) -> exp.Expr:
        if path:
            return any_at(functions.member(item, path[0]), path[1:], holds, functions)
        return holds(found(item, functions))

    return functions.any_of(functions.items(json.copy()), inner)


def exists_at(json: exp.Expr, path: Sequence[str], functions: JsonFunctions) -> exp.Expr:
    """There is a value at the path, null or not."""
    if not path:
        anything = functions.any_of(functions.items(json.copy()), lambda _: exp.true())
        return exp.And(this=exp.Not(this=exp.Is(this=json.copy(), expression=exp.null())), expression=anything)
    return functions.any_of(
        functions.items(json.copy()), lambda item: exists_at(functions.member(item, path[0]), path[1:], functions)
    )


def found(json: exp.Expr, functions: ValueFunctions) -> Found:
    """What can be asked of one value."""
    written = functions.written(json)
    return Found(
        text=functions.text(json.copy()),
        # JSON writes text with quotes, and no number has them: "5" stays text.
        number=exp.TryCast(this=written.copy(), to=exp.DataType.build("double")),
        true=exp.EQ(this=written.copy(), expression=exp.Literal.string("true")),
        false=exp.EQ(this=written.copy(), expression=exp.Literal.string("false")),
        not_null=exp.NEQ(this=written.copy(), expression=exp.Literal.string("null")),
    )
