"""The interface of tables of CloudTrail records that queries use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from deadfall.patterns.condition import Condition


@dataclass(frozen=True)
class ValueExpressions:
    """The expressions for one value of a record; None if the value never has the type.

    `text` is the text of a scalar, or NULL; `number` a DOUBLE, or NULL; `true`, `false` and `not_null` are conditions.
    """

    text: exp.Expr | None
    number: exp.Expr | None
    true: exp.Expr | None
    false: exp.Expr | None
    not_null: exp.Expr


Holds = Callable[[ValueExpressions], exp.Expr]


class Table(Protocol):
    """A table of records. Methods raise NotExpressibleError for what the table lacks."""

    name: str
    dialect: str

    def any(self, field: str, holds: Holds) -> exp.Expr:
        """Return whether one of the field's values satisfies the condition."""
        ...

    def exists(self, field: str) -> exp.Expr:
        """Return whether the field has a value, null or not."""
        ...

    def anywhere(self, field: str | None, holds: Holds) -> exp.Expr:
        """Return whether any value of the record, or of an object in it, satisfies the condition."""
        ...

    def fold(self, text: exp.Expr) -> exp.Expr:
        """Return a case-folded text, as in `condition.folded`."""
        ...

    def select_matches(self, conditions: Sequence[Condition]) -> exp.Select:
        """Return all matches in one pass, with `number`, the condition's index, and `record`, as JSON."""
        ...

    def value(self, field: str) -> exp.Expr:
        """Return the text of a single-valued field of the column `record`."""
        ...

    def milliseconds(self, time: exp.Expr) -> exp.Expr:
        """Return CloudTrail's textual time as milliseconds; NULL if invalid."""
        ...

    def distinct(self, value: exp.Expr, window: exp.Window) -> exp.Expr:
        """Return the number of distinct values in a window that has no function yet."""
        ...
