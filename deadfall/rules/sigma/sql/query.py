"""Compile Sigma conditions and rules to SQL, with the functions of the table that is queried.

`archive_table.ArchiveTable` is CloudTrail's files in DuckDB, where a query agrees with `condition.matches` for every
record. `athena_table.AthenaTable` is the table that AWS's documentation creates for Athena.

SQL's third truth value, NULL, always means false here: a row is a hit only if the condition is true, and `NOT` turns
NULL into false before it negates.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlglot import exp

from deadfall.patterns.condition import (
    ANY,
    MAX_EXACT,
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
from .table import Table, ValueExpressions
from .threshold_windows import apply_thresholds, fields

_ESCAPE = "!"  # not a backslash, which some SQL parsers treat as an escape in any text

_COMPARISONS: dict[str, type[exp.Binary]] = {"=": exp.EQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def query(rule: Rule, table: Table) -> exp.Select:
    """Return the query for the records that match a rule; `.sql(table.dialect)` renders it.

    The result has all columns of the table; for a rule with a threshold, the columns of `hits`.

    Raises:
        NotExpressibleError: the table or its engine can't express the rule exactly.
    """
    if rule.count:
        return hits([rule], table)
    with _of_rule(rule, table):
        return exp.select("*").from_(table.name).where(where(rule.condition, table))


def hits(rules: Sequence[Rule], table: Table) -> exp.Select:
    """Return the query for the records that match any of the rules, in one pass.

    The columns are `rule`, its name, and `record`, as JSON. A record that matches two rules occurs twice. For rules
    with a threshold see `threshold_windows.apply_thresholds`.

    Raises:
        NotExpressibleError: the table or its engine can't express a rule exactly.
    """
    for rule in rules:
        with _of_rule(rule, table):
            where(rule.condition, table)
            for field in fields(rule.count) if rule.count else ():
                table.any(field, lambda found: found.not_null)
    found = table.select_matches([rule.condition for rule in rules])
    if any(rule.count for rule in rules):
        found = apply_thresholds([rule.count for rule in rules], found, table)
    name = exp.Case(this=exp.column("number"))
    for number, rule in enumerate(rules):
        name = name.when(exp.convert(number), exp.Literal.string(rule.name))
    return exp.select(name.as_("rule"), "record").from_(found.subquery("found"))


@contextmanager
def _of_rule(rule: Rule, table: Table) -> Iterator[None]:
    try:
        if rule.service != "cloudtrail":
            raise NotExpressibleError(
                f"the table has CloudTrail records, not findings of {rule.service}; use EventBridge for this rule"
            )
        yield
    except NotExpressibleError as error:
        raise NotExpressibleError(f"{rule.name}: SQL for {table.dialect}: {error}") from None


def where(condition: Condition, table: Table) -> exp.Expr:
    """Return a condition as SQL: true for records that match, false or NULL for others."""
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
    """Return a disjunction; the tests of one field are combined, so that its values are extracted once."""
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

    def holds(found: ValueExpressions) -> exp.Expr:
        return any_of([_text(texts, found, table), *(_value(value, found, tests[0].field) for value in others)])

    return table.any(tests[0].field, holds)


def _text(texts: list[Text], found: ValueExpressions, table: Table) -> exp.Expr:
    """Return whether the value's text equals one of the texts or matches one of the patterns."""
    if found.text is None:
        return exp.false()
    alternatives: list[exp.Expr] = []
    for cased in (False, True):
        operand = found.text.copy() if cased else table.fold(found.text.copy())
        written = (lambda text: text) if cased else folded
        patterns = [text for text in texts if text.cased == cased]
        plain = [written(text.plain) for text in patterns if text.plain is not None]
        if len(plain) == 1:
            alternatives.append(exp.EQ(this=operand.copy(), expression=exp.Literal.string(plain[0])))
        elif plain:
            alternatives.append(exp.In(this=operand.copy(), expressions=[exp.Literal.string(text) for text in plain]))
        alternatives += [_like(operand.copy(), text, written) for text in patterns if text.plain is None]
    return any_of(alternatives)


def _like(operand: exp.Expr, text: Text, written: Callable[[str], str]) -> exp.Expr:
    wildcards = {"*": "%", "?": "_"}
    special = any(character in "%_" + _ESCAPE for part in text.parts for character in written(part.text))
    pattern = "".join(
        wildcards[part.wildcard]
        if part.wildcard
        else "".join(_ESCAPE + each if each in "%_" + _ESCAPE else each for each in written(part.text))
        for part in text.parts
    )
    like = exp.Like(this=operand, expression=exp.Literal.string(pattern))
    return exp.Escape(this=like, expression=exp.Literal.string(_ESCAPE)) if special else like


def _value(value: Value, found: ValueExpressions, field: str) -> exp.Expr:
    match value:
        case Boolean():
            operand = found.true if value.value else found.false
            return operand.copy() if operand else exp.false()
        case Number():
            if not abs(value.number) <= MAX_EXACT:
                raise NotExpressibleError(
                    f"{field} can't be compared exactly with {value.number}; use a number up to {MAX_EXACT}"
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


def _regexp(found: ValueExpressions, pattern: str) -> exp.Expr:
    if found.text is None:
        return exp.false()
    return exp.RegexpLike(this=found.text.copy(), expression=exp.Literal.string(pattern))


def _number(number: int | float) -> exp.Expr:
    if isinstance(number, int):
        return exp.convert(number)
    return exp.Cast(this=exp.Literal.string(repr(number)), to=exp.DataType.build("double"))  # never a DECIMAL


def _same(found: ValueExpressions, other: ValueExpressions, table: Table) -> exp.Expr:
    """Return whether the texts of two scalars are equal; objects never are."""
    if found.text is None or other.text is None:
        return exp.false()
    return exp.EQ(this=table.fold(found.text.copy()), expression=table.fold(other.text.copy()))


def _not(condition: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Coalesce(this=condition, expressions=[exp.false()]))
