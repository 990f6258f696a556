"""What a query asks of a table of CloudTrail's records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from deadfall.patterns.condition import Condition


@dataclass(frozen=True)
class Found:
    """What a query can ask about one value of a record; None is what such a value never is.

    `text` is the text of a scalar, or NULL; `number` a DOUBLE, or NULL; `true`, `false` and `not_null` are conditions.
    """

    text: exp.Expr | None
    number: exp.Expr | None
    true: exp.Expr | None
    false: exp.Expr | None
    not_null: exp.Expr


Holds = Callable[[Found], exp.Expr]


class Table(Protocol):
    """Where the records are. Methods raise NotExpressibleError for what the table doesn't keep."""

    name: str
    dialect: str

    def any(self, field: str, holds: Holds) -> exp.Expr:
        """One of the field's values satisfies the condition."""
        ...

    def exists(self, field: str) -> exp.Expr:
        """The field has a value, null or not."""
        ...

    def anywhere(self, field: str | None, holds: Holds) -> exp.Expr:
        """Any value of the record, or of an object in it, satisfies the condition."""
        ...

    def fold(self, text: exp.Expr) -> exp.Expr:
        """A text without case, as `condition.folded` has it."""
        ...

    def found(self, conditions: Sequence[Condition]) -> exp.Select:
        """All records for which a condition holds, in one pass: `number`, the condition's, and `record`, as JSON."""
        ...

    def value(self, field: str) -> exp.Expr:
        """The text of a field that holds one value, taken from the column `record`."""
        ...

    def milliseconds(self, time: exp.Expr) -> exp.Expr:
        """CloudTrail's text of a time as a number; NULL if it is none."""
        ...

    def distinct(self, value: exp.Expr, window: exp.Window) -> exp.Expr:
        """How many distinct values there are in a window, which has no function yet."""
        ...
