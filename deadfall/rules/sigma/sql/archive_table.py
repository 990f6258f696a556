"""CloudTrail's records in DuckDB: one row per record, kept whole as JSON, and the words to ask for its values."""

import itertools
import re
import string
from collections.abc import Callable, Sequence

import duckdb
from sqlglot import exp

from ..condition import Condition
from .boolean import any_of
from .clues import Clue, clues
from .json_values import any_at, exists_at, found
from .query import where
from .table import Holds

_MOST_LEVELS = 64

_FUNCTIONS = rf"""
-- The items of a list, also of lists directly in it, or the one value that is no list. Each round opens one more level.
-- A list in a list begins with a bracket right after a bracket or a comma; matches don't overlap, so each may hide one
-- more. The most is far beyond what CloudTrail writes, and keeps a list of very many lists from taking forever.
CREATE OR REPLACE TEMP MACRO items(json) AS CASE json_type(json) WHEN 'ARRAY' THEN list_reduce(
    list_transform(
        range(least({_MOST_LEVELS}, 1 + 2 * len(regexp_extract_all(json::VARCHAR, '[\[,]\[')))),
        LAMBDA round: []::JSON[]
    ),
    LAMBDA opened, round: flatten(list_transform(
        opened, LAMBDA item: CASE json_type(item) WHEN 'ARRAY' THEN json_extract(item, '$[*]') ELSE [item] END
    )),
    [json]
) ELSE [json] END;

-- The text of a scalar as condition.as_text has it. To JSON an integer of more than 64 bits is a DOUBLE, too.
CREATE OR REPLACE TEMP MACRO text(json) AS CASE json_type(json)
    WHEN 'OBJECT' THEN NULL
    WHEN 'ARRAY' THEN NULL
    WHEN 'DOUBLE' THEN CASE
        WHEN regexp_matches(json::VARCHAR, '[.eE]') THEN json::VARCHAR::DOUBLE::VARCHAR ELSE json::VARCHAR
    END
    ELSE json ->> '$'
END;

-- Not lower(), which makes a k of the sign for Kelvin.
CREATE OR REPLACE TEMP MACRO fold(text) AS translate(text, '{string.ascii_uppercase}', '{string.ascii_lowercase}');
"""


class ArchiveTable:
    """The table `records` with the one column `record`, in a database that knows our functions."""

    name = "records"
    dialect = "duckdb"

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def any(self, field: str, holds: Holds) -> exp.Expr:
        first, *rest = field.split(".")
        return any_at(self.member(exp.column("record"), first), rest, holds, self)

    def exists(self, field: str) -> exp.Expr:
        first, *rest = field.split(".")
        return exists_at(self.member(exp.column("record"), first), rest, self)

    def anywhere(self, field: str | None, holds: Holds) -> exp.Expr:
        place: exp.Expr = exp.column("record")
        for key in field.split(".") if field else ():
            place = self.member(place, key)
        # Whatever stands at any depth; also lists and objects, which have no text.
        everything = exp.Anonymous(this="json_extract", expressions=[place, exp.Literal.string("$.**")])
        return self.any_of(everything, lambda item: holds(found(item, self)))

    def fold(self, text: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this="fold", expressions=[text])

    def found(self, conditions: Sequence[Condition]) -> exp.Select:
        # A record is taken apart once, for the members in which there may be clues. Few go on to the conditions.
        clues_of = [clues(condition) for condition in conditions]
        every = frozenset[Clue]().union(*(each for each in clues_of if each))
        keys = sorted({clue.member for clue in every})
        # CASE, as DuckDB orders the parts of an AND itself.
        numbers = exp.Array(
            expressions=[
                _when(_clued(each, keys), _when(where(condition, self), exp.convert(number)))
                for number, (each, condition) in enumerate(zip(clues_of, conditions, strict=True))
            ]
        )
        possible = _when(_clued(None if None in clues_of else every, keys), numbers)
        not_null = exp.Lambda(this=exp.column("n").is_(exp.null()).not_(), expressions=[exp.to_identifier("n")])
        holding = exp.Anonymous(this="list_filter", expressions=[possible, not_null])
        pointers = exp.Array(expressions=[exp.Literal.string(_pointer(key)) for key in keys])
        members = exp.Anonymous(this="json_extract", expressions=[exp.column("record"), pointers])
        read = exp.select("record", members.as_("members")).from_(self.name)
        number = exp.Anonymous(this="unnest", expressions=[holding]).as_("number")
        return exp.select(number, "record").from_(read.subquery("read"))

    def value(self, field: str) -> exp.Expr:
        pointer = "".join(map(_pointer, field.split(".")))
        return exp.Anonymous(
            this="json_extract_string", expressions=[exp.column("record"), exp.Literal.string(pointer)]
        )

    def milliseconds(self, time: exp.Expr) -> exp.Expr:
        timestamp = exp.TryCast(this=time, to=exp.DataType.build("timestamp"))
        return exp.Anonymous(this="epoch_ms", expressions=[timestamp])

    def distinct(self, value: exp.Expr, window: exp.Window) -> exp.Expr:
        window.set("this", exp.Count(this=exp.Distinct(expressions=[value])))
        return window

    def member(self, json: exp.Expr, key: str) -> exp.Expr:
        return exp.Anonymous(this="json_extract", expressions=[json, exp.Literal.string(_pointer(key))])

    def items(self, json: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this="items", expressions=[json])

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
    """Teaches a database the functions that queries on an ArchiveTable use."""
    connection.execute(_FUNCTIONS)
    return connection


def _pointer(key: str) -> str:
    """JSON's way to a member (RFC 6901), which unlike DuckDB's paths has no wildcards."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _clued(asked: frozenset[Clue] | None, keys: list[str]) -> exp.Expr:
    """Whether one of the clues is there; `members` are those by the keys."""
    if asked is None:
        return exp.true()
    pieces = {key: sorted({re.escape(clue.piece) for clue in asked if clue.member == key}) for key in keys}
    return any_of(
        exp.RegexpLike(
            this=exp.Bracket(this=exp.column("members"), expressions=[exp.convert(number)]),
            expression=exp.Literal.string("(?i)" + "|".join(pieces[key])),
        )
        for number, key in enumerate(keys)
        if pieces[key]
    )


def _when(condition: exp.Expr, value: exp.Expr) -> exp.Case:
    return exp.Case().when(condition, value)
