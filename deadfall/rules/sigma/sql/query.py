"""Sigma conditions and rules as SQL: one tree, in the words of the table that it asks.

`archive_table.ArchiveTable` is CloudTrail's files read by DuckDB, where a query's answer is `condition.matches` for
every record. `athena_table.AthenaTable` is the table that AWS's documentation creates for Athena.

SQL knows a third truth value, NULL, which here always means no: a row is a hit only where the tree is true, and `NOT`
turns NULL into false before it negates.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlglot import exp

from deadfall.patterns.condition import (
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
    folded,
)

from ..back_end import NotExpressibleError
from ..rule import Rule
from .boolean import all_of, any_of
from .cidr_regex import address_pattern
from .portable_regex import portable
from .table import Found, Table
from .threshold_windows import fields, reached

_ESCAPE = "!"  # not a backslash, which some readers of SQL take for an escape in any text

# Up to here a DOUBLE, which both engines compare with, is on the same side of a number as the record's number is.
_LARGEST_EXACT = 2**53

_COMPARISONS: dict[str, type[exp.Binary]] = {"=": exp.EQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def query(rule: Rule, table: Table) -> exp.Select:
    """The records for which the rule holds; `.sql(table.dialect)` writes it.

    They have all columns of the table; those of a rule with a count the columns of `hits`.

    Raises:
        NotExpressibleError: the table or its engine can't say exactly what the rule asks.
    """
    if rule.count:
        return hits([rule], table)
    with _of_rule(rule, table):
        return exp.select("*").from_(table.name).where(where(rule.condition, table))


def hits(rules: Sequence[Rule], table: Table) -> exp.Select:
    """The records for which rules hold, all rules in one pass: `rule`, its name, and `record`, as JSON.

    A record for which two rules hold is there twice. Of a rule with a count see `threshold_windows.reached`.

    Raises:
        NotExpressibleError: the table or its engine can't say exactly what a rule asks.
    """
    for rule in rules:
        with _of_rule(rule, table):
            where(rule.condition, table)
            for field in fields(rule.count) if rule.count else ():
                table.any(field, lambda found: found.not_null)
    found = table.found([rule.condition for rule in rules])
    if any(rule.count for rule in rules):
        found = reached([rule.count for rule in rules], found, table)
    name = exp.Case(this=exp.column("number"))
    for number, rule in enumerate(rules):
        name = name.when(exp.convert(number), exp.Literal.string(rule.name))
    return exp.select(name.as_("rule"), "record").from_(found.subquery("found"))


@contextmanager
def _of_rule(rule: Rule, table: Table) -> Iterator[None]:
    try:
        if rule.service != "cloudtrail":
            raise NotExpressibleError(f"the table has CloudTrail's records, not findings of {rule.service}")
        yield
    except NotExpressibleError as error:
        raise NotExpressibleError(f"{rule.name}: SQL for {table.dialect}: {error}") from None


def where(condition: Condition, table: Table) -> exp.Expr:
    """A condition as SQL: true for the records for which it holds, false or NULL for others."""
    match condition:
        case And():
            return all_of(where(part, table) for part in condition.of)
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
            return table.anywhere(condition.field, lambda found: _text([anywhere], found, table))


def _alternatives(condition: Or, table: Table) -> exp.Expr:
    """Tests of one field are asked of each of its values together: what it takes to reach the field is done once."""
    tests: dict[str, list[Test]] = {}
    others: list[Condition] = []
    for part in condition.of:
        if isinstance(part, Test):
            tests.setdefault(part.field, []).append(part)
        else:
            others.append(part)
    return any_of([*(_one_of(group, table) for group in tests.values()), *(where(part, table) for part in others)])


def _one_of(tests: list[Test], table: Table) -> exp.Expr:
    texts = [test.value for test in tests if isinstance(test.value, Text)]
    others = [test.value for test in tests if not isinstance(test.value, Text)]

    def holds(found: Found) -> exp.Expr:
        return any_of([_text(texts, found, table), *(_value(value, found, tests[0].field) for value in others)])

    return table.any(tests[0].field, holds)


def _text(texts: list[Text], found: Found, table: Table) -> exp.Expr:
    """The value's text is one of some texts, or like one of some patterns."""
    if found.text is None:
        return exp.false()
    alternatives: list[exp.Expr] = []
    for cased in (False, True):
        asked = found.text.copy() if cased else table.fold(found.text.copy())
        written = (lambda text: text) if cased else folded
        patterns = [text for text in texts if text.cased == cased]
        plain = [written(text.plain) for text in patterns if text.plain is not None]
        if len(plain) == 1:
            alternatives.append(exp.EQ(this=asked.copy(), expression=exp.Literal.string(plain[0])))
        elif plain:
            alternatives.append(exp.In(this=asked.copy(), expressions=[exp.Literal.string(text) for text in plain]))
        alternatives += [_like(asked.copy(), text, written) for text in patterns if text.plain is None]
    return any_of(alternatives)


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
