"""Sigma rules as SQL: one tree, in the words of the table that it asks.

`archive_table.ArchiveTable` is CloudTrail's files read by DuckDB, where a query's answer is `condition.matches` for
every record. `athena_table.AthenaTable` is the table that AWS's documentation creates for Athena.

SQL knows a third truth value, NULL, which here always means no: a row is a hit only where the tree is true, and `NOT`
turns NULL into false before it negates.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from ..back_end import NotExpressibleError
from ..condition import (
    ANY,
    And,
    Boolean,
    Cidr,
    Condition,
    Exists,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Part,
    Regex,
    SameAs,
    Test,
    Text,
    Value,
)
from ..rule import Rule
from .cidr_regex import address_pattern
from .portable_regex import portable

_ESCAPE = "!"  # not a backslash, which some readers of SQL take for an escape in any text

# Up to here a DOUBLE, which both engines compare with, is on the same side of a number as the record's number is.
_LARGEST_EXACT = 2**53

_COMPARISONS: dict[str, type[exp.Binary]] = {"=": exp.EQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


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

    def anywhere(self, holds: Holds) -> exp.Expr:
        """Any value of the record satisfies the condition."""
        ...

    def fold(self, text: exp.Expr) -> exp.Expr:
        """A text of a record without case."""
        ...

    def folded(self, text: str) -> str:
        """The same of a text of the rule."""
        ...


def query(rule: Rule, table: Table) -> exp.Select:
    """All columns of the records for which the rule holds; `.sql(table.dialect)` writes it.

    Raises:
        NotExpressibleError: the table or its engine can't say exactly what the rule asks.
    """
    try:
        return exp.select("*").from_(table.name).where(where(rule.condition, table))
    except NotExpressibleError as error:
        raise NotExpressibleError(f"{rule.name}: SQL for {table.dialect}: {error}") from None


def where(condition: Condition, table: Table) -> exp.Expr:
    """A condition as SQL: true for the records for which it holds, false or NULL for others."""
    match condition:
        case And():
            return _all(where(part, table) for part in condition.of)
        case Or():
            return _alternatives(condition, table)
        case Not():
            return _not(where(condition.of, table))
        case Test():
            return _one_of([condition], table)
        case Null():
            return _not(table.any(condition.field, lambda found: found.not_null))
        case Exists():
            there = table.exists(condition.field)
            return there if condition.there else _not(there)
        case SameAs():
            return table.any(
                condition.field, lambda found: table.any(condition.other, lambda other: _same(found, other, table))
            )
        case Keyword():
            anywhere = Text((Part(wildcard=ANY), *condition.text.parts, Part(wildcard=ANY)), condition.text.cased)
            return table.anywhere(lambda found: _text([anywhere], found, table))


def _alternatives(condition: Or, table: Table) -> exp.Expr:
    """Tests of one field are asked of each of its values together: what it takes to reach the field is done once."""
    tests: dict[str, list[Test]] = {}
    others: list[Condition] = []
    for part in condition.of:
        if isinstance(part, Test):
            tests.setdefault(part.field, []).append(part)
        else:
            others.append(part)
    return _any([*(_one_of(group, table) for group in tests.values()), *(where(part, table) for part in others)])


def _one_of(tests: list[Test], table: Table) -> exp.Expr:
    texts = [test.value for test in tests if isinstance(test.value, Text)]
    others = [test.value for test in tests if not isinstance(test.value, Text)]

    def holds(found: Found) -> exp.Expr:
        return _any([_text(texts, found, table), *(_value(value, found, tests[0].field) for value in others)])

    return table.any(tests[0].field, holds)


def _text(texts: list[Text], found: Found, table: Table) -> exp.Expr:
    """The value's text is one of some texts, or like one of some patterns."""
    if found.text is None:
        return exp.false()
    alternatives: list[exp.Expr] = []
    for cased in (False, True):
        asked = found.text.copy() if cased else table.fold(found.text.copy())
        written = (lambda text: text) if cased else table.folded
        patterns = [text for text in texts if text.cased == cased]
        plain = [written(text.plain) for text in patterns if text.plain is not None]
        if len(plain) == 1:
            alternatives.append(exp.EQ(this=asked.copy(), expression=exp.Literal.string(plain[0])))
        elif plain:
            alternatives.append(exp.In(this=asked.copy(), expressions=[exp.Literal.string(text) for text in plain]))
        alternatives += [_like(asked.copy(), text, written) for text in patterns if text.plain is None]
    return _any(alternatives)


def _like(asked: exp.Expr, text: Text, written: Callable[[str], str]) -> exp.Expr:
    wildcards = {"*": "%", "?": "_"}
    special = any(character in "%_" + _ESCAPE for part in text.parts for character in written(part.text))
    pattern = "".join(
        wildcards[part.wildcard]
        if part.wildcard
        else "".join(_ESCAPE + each if each in "%_" + _ESCAPE else each for each in written(part.text))
        for part in text.parts
    )
    like = exp.Like(this=asked, expression=exp.Literal.string(pattern))
    return exp.Escape(this=like, expression=exp.Literal.string(_ESCAPE)) if special else like


def _value(value: Value, found: Found, field: str) -> exp.Expr:
    match value:
        case Boolean():
            asked = found.true if value.value else found.false
            return asked.copy() if asked else exp.false()
        case Number():
            if not abs(value.number) <= _LARGEST_EXACT:
                raise NotExpressibleError(
                    f"{field} can't be compared exactly with {value.number}, which is beyond 2^53; use a smaller number"
                )
            if found.number is None:
                return exp.false()
            return _COMPARISONS[value.op](this=found.number.copy(), expression=_number(value.number))
        case Cidr():
            return _regexp(found, address_pattern(field, value.network))
        case Regex():
            return _regexp(found, portable(field, value.pattern, ignore_case=value.ignore_case))
        case Text():
            raise TypeError("texts are compared together")


def _regexp(found: Found, pattern: str) -> exp.Expr:
    if found.text is None:
        return exp.false()
    return exp.RegexpLike(this=found.text.copy(), expression=exp.Literal.string(pattern))


def _number(number: int | float) -> exp.Expr:
    if isinstance(number, int):
        return exp.convert(number)
    return exp.Cast(this=exp.Literal.string(repr(number)), to=exp.DataType.build("double"))  # never a DECIMAL


def _same(found: Found, other: Found, table: Table) -> exp.Expr:
    """Texts of scalars; no object is the same as another."""
    if found.text is None or other.text is None:
        return exp.false()
    return exp.EQ(this=table.fold(found.text.copy()), expression=table.fold(other.text.copy()))


def _not(condition: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Coalesce(this=condition, expressions=[exp.false()]))


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return _joined(exp.And, [each for each in conditions if each != exp.true()], exp.true())


def _any(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return _joined(exp.Or, [each for each in conditions if each != exp.false()], exp.false())


def _joined(connector: type[exp.Connector], conditions: list[exp.Expr], none: exp.Expr) -> exp.Expr:
    """Halved again and again: the engines limit how deep an expression may be, not how wide."""
    if not conditions:
        return none
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    halves = [_joined(connector, part, none) for part in (conditions[:middle], conditions[middle:])]
    left, right = (exp.Paren(this=half) if isinstance(half, exp.Connector) else half for half in halves)
    return connector(this=left, expression=right)
