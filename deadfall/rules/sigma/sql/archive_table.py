"""CloudTrail's records in DuckDB: one row per record, as JSON, with the functions that queries use."""

import itertools
import string
from collections.abc import Callable, Sequence

import duckdb
from sqlglot import exp

from deadfall.patterns.condition import Condition, split_path

from .boolean import any_of
from .json_values import value_expressions
from .prefilter import ESCAPES, Clue, clues, patterns
from .query import where
from .table import Holds

_MOST_LEVELS = 64

_FUNCTIONS = rf"""
-- The values at a path, given as pointers to members, with the semantics of condition.values: lists on the path are
-- expanded, one level per round. A nested list begins with a bracket right after a bracket or a comma; regex matches
-- don't overlap, so each can hide one more level. The limit is far beyond CloudTrail's records, and bounds the time for
-- hostile input.
CREATE OR REPLACE TEMP MACRO levels(json) AS
    least({_MOST_LEVELS}, 1 + 2 * len(regexp_extract_all(json::VARCHAR, '[\[,]\s*\[')));
CREATE OR REPLACE TEMP MACRO values_at(json, pointers) AS list_reduce(
    flatten(list_transform(pointers, LAMBDA pointer: list_resize([pointer], 1 + levels(json)))),
    LAMBDA found, pointer: flatten(list_transform(found, LAMBDA value: CASE
        WHEN pointer IS NOT NULL THEN [json_extract(value, pointer)]
        WHEN json_type(value) = 'ARRAY' THEN json_extract(value, '$[*]')
        ELSE [value]
    END)),
    [json]
);

-- The text of a scalar, as in condition.as_text. DuckDB's json_type of an integer of more than 64 bits is DOUBLE too.
CREATE OR REPLACE TEMP MACRO text(json) AS CASE json_type(json)
    WHEN 'OBJECT' THEN NULL
    WHEN 'ARRAY' THEN NULL
    WHEN 'DOUBLE' THEN CASE
        WHEN regexp_matches(json::VARCHAR, '[.eE]') THEN json::VARCHAR::DOUBLE::VARCHAR ELSE json::VARCHAR
    END
    ELSE json ->> '$'
END;

-- Not lower(), which turns the Kelvin sign into k.
CREATE OR REPLACE TEMP MACRO fold(text) AS translate(text, '{string.ascii_uppercase}', '{string.ascii_lowercase}');
"""


class ArchiveTable:
    """A table with the column `record`, by default `records`, in a database with our functions."""

    dialect = "duckdb"

    def __init__(self, name: str = "records") -> None:
        self.name = name
        self._numbers = itertools.count(1)

    def any(self, field: str, holds: Holds) -> exp.Expr:
        return self.any_of(_values(field), lambda value: holds(value_expressions(value, self)))

    def exists(self, field: str) -> exp.Expr:
        return self.any_of(_values(field), lambda value: value.is_(exp.null()).not_())

    def anywhere(self, field: str | None, holds: Holds) -> exp.Expr:
        def within(place: exp.Expr) -> exp.Expr:
            # All values at any depth, including lists and objects, which have no text.
            inner = exp.Anonymous(this="json_extract", expressions=[place.copy(), exp.Literal.string("$.**")])
            return any_of(
                [
                    holds(value_expressions(place, self)),
                    self.any_of(inner, lambda item: holds(value_expressions(item, self))),
                ]
            )

        return self.any_of(_values(field), within) if field else within(exp.column("record"))

    def fold(self, text: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this="fold", expressions=[text])

    def select_matches(self, conditions: Sequence[Condition]) -> exp.Select:
        clues_of = [clues(condition) for condition in conditions]
        escaped = _like(ESCAPES).as_("escaped")
        read = exp.select("record", escaped).from_(self.name).subquery("read")
        possible = exp.select("record", "escaped").from_(read)
        if None not in clues_of:
            possible = possible.where(_possible(frozenset[Clue]().union(*(each for each in clues_of if each))))
        # CASE, because DuckDB reorders the parts of an AND.
        numbers = exp.Array(
            expressions=[
                _when(_possible(each), _when(where(condition, self), exp.convert(number)))
                for number, (each, condition) in enumerate(zip(clues_of, conditions, strict=True))
            ]
        )
        not_null = exp.Lambda(this=exp.column("n").is_(exp.null()).not_(), expressions=[exp.to_identifier("n")])
        holding = exp.Anonymous(this="list_filter", expressions=[numbers, not_null])
        number = exp.Anonymous(this="unnest", expressions=[holding]).as_("number")
        # Few records are possible hits: materializing collects them before the conditions are evaluated.
        return (
            exp.select(number, "record")
            .from_("possible")
            .with_("possible", as_=possible, materialized=None not in clues_of)
        )

    def may_match(self, conditions: Sequence[Condition]) -> exp.Expr:
        """Return a condition, cheap to plan and evaluate, that holds for each record that matches one of these."""
        clues_of = [clues(condition) for condition in conditions]
        wanted = frozenset[Clue]().union(*(each for each in clues_of if each))
        others = [where(condition, self) for condition, each in zip(conditions, clues_of, strict=True) if each is None]
        known = [_like(ESCAPES), *map(_like, patterns(wanted))] if wanted else []
        return any_of([*known, *others])

    def value(self, field: str) -> exp.Expr:
        pointer = "".join(map(_pointer, split_path(field)))
        return exp.Anonymous(
            this="json_extract_string", expressions=[exp.column("record"), exp.Literal.string(pointer)]
        )

    def milliseconds(self, time: exp.Expr) -> exp.Expr:
        timestamp = exp.TryCast(this=time, to=exp.DataType.build("timestamp"))
        return exp.Anonymous(this="epoch_ms", expressions=[timestamp])

    def distinct(self, value: exp.Expr, window: exp.Window) -> exp.Expr:
        window.set("this", exp.Count(this=exp.Distinct(expressions=[value])))
        return window

    def any_of(self, array: exp.Expr, holds: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
        item = exp.to_identifier(f"v{next(self._numbers)}")
        tested = exp.Lambda(this=holds(exp.column(item.copy())), expressions=[item])
        mapped = exp.Anonymous(this="list_transform", expressions=[array, tested])
        return exp.Anonymous(this="list_bool_or", expressions=[mapped])

    def text(self, json: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this="text", expressions=[json])

    def written(self, json: exp.Expr) -> exp.Expr:
        return exp.Cast(this=json, to=exp.DataType.build("text"))


def define_functions(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Define the functions that queries on an ArchiveTable use, and return the connection."""
    connection.execute(_FUNCTIONS)
    return connection


def _pointer(key: str) -> str:
    """Return the JSON pointer to a member (RFC 6901), which unlike DuckDB's paths has no wildcards."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _values(field: str) -> exp.Expr:
    pointers = exp.Array(expressions=[exp.Literal.string(_pointer(key)) for key in split_path(field)])
    return exp.Anonymous(this="values_at", expressions=[exp.column("record"), pointers])


def _like(regex: str) -> exp.Expr:
    return exp.RegexpLike(this=exp.column("record"), expression=exp.Literal.string(regex))


def _possible(wanted: frozenset[Clue] | None) -> exp.Expr:
    """Return the condition that one of the clues is present, or may be."""
    if wanted is None:
        return exp.true()
    return any_of([exp.column("escaped"), *map(_like, patterns(wanted))])


def _when(condition: exp.Expr, value: exp.Expr) -> exp.Case:
    return exp.Case().when(condition, value)
