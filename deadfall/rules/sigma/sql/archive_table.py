"""CloudTrail's files in DuckDB: one row per record, kept whole as JSON, and the words to ask for its values."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from .case_folding import FOLDED_FROM, FOLDED_TO, folded
from .json_values import any_at, exists_at, found
from .query import Holds

# Bytes of JSON in one file. CloudTrail's are far smaller; DuckDB refuses a larger one.
_LARGEST_FILE = 256 * 1024 * 1024

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

CREATE OR REPLACE TEMP MACRO fold(text) AS translate(lower(text), '{FOLDED_FROM}', '{FOLDED_TO}');
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

    def anywhere(self, holds: Holds) -> exp.Expr:
        # Whatever stands at any depth; also lists and objects, which have no text.
        everything = exp.Anonymous(this="json_extract", expressions=[exp.column("record"), exp.Literal.string("$.**")])
        return self.any_of(everything, lambda item: holds(found(item, self)))

    def fold(self, text: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this="fold", expressions=[text])

    def folded(self, text: str) -> str:
        return folded(text)

    def member(self, json: exp.Expr, key: str) -> exp.Expr:
        pointer = "/" + key.replace("~", "~0").replace("/", "~1")  # RFC 6901: it has no wildcards
        return exp.Anonymous(this="json_extract", expressions=[json, exp.Literal.string(pointer)])

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


def open_archive(files: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """A database in memory in which `records` are the records in CloudTrail's files, gzipped or not.

    Nothing is read before it is asked for. CloudTrail's digest files have no records, and give none.
    """
    connection = define_functions(duckdb.connect())
    listed = ", ".join(exp.Literal.string(str(file)).sql("duckdb") for file in files)
    # Reading whole files and taking the records out of them costs a twelfth of what read_json does for a list.
    connection.execute(
        "CREATE VIEW records AS SELECT unnest(json_extract(json, '$.Records[*]')) AS record FROM "  # noqa: S608
        f"read_json_objects([{listed}], format = 'unstructured', maximum_object_size = {_LARGEST_FILE})"
    )
    return connection


def define_functions(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Teaches a database the functions that queries on an ArchiveTable use."""
    connection.execute(_FUNCTIONS)
    return connection
