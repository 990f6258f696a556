"""Run Athena's SQL in DuckDB, for tests without Java: each function of Trino becomes DuckDB's equivalent.

`make trino` runs the same statements in Trino itself and compares the results of both: it proves this translation.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from deadfall.rules.sigma.sql.athena_table import COLUMNS
from deadfall.rules.sigma.sql.hive_table import PARTITION_KEYS

from .athena_rows import rows_of

_FUNCTIONS = """
CREATE OR REPLACE TEMP MACRO trino_scalar(json) AS
    CASE WHEN json_type(json) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json ->> '$' END;
CREATE OR REPLACE TEMP MACRO trino_array(json) AS
    CASE WHEN json_type(json) = 'ARRAY' THEN json_extract(json, '$[*]') END;
CREATE OR REPLACE TEMP MACRO trino_not_null(map) AS
    map_from_entries(list_filter(map_entries(map), LAMBDA entry: entry.value IS NOT NULL));
"""


def load(connection: duckdb.DuckDBPyConnection, records: list[dict[str, Any]]) -> None:
    """The documented table, with these records."""
    connection.execute(_FUNCTIONS)
    rows = [{"number": number, **row} for number, row in enumerate(rows_of(records))]
    # All rows in one text: to insert them one by one takes longer than to ask them.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE cloudtrail_logs AS SELECT unnest(from_json(?::JSON, ?), max_depth := 2)",
        [json.dumps(rows), _STRUCTURE],
    )


def answers(connection: duckdb.DuckDBPyConnection, sql: str, count: int) -> list[bool]:
    """For each record whether the query selects it."""
    found = {row[0] for row in rows(connection, sql)}
    return [number in found for number in range(count)]


def answers_of_each(connection: duckdb.DuckDBPyConnection, queries: Sequence[str], count: int) -> list[list[bool]]:
    """Return what `answers` does for each of several queries, which are asked in one pass over the table."""
    asked = [_translation(sql) for sql in queries]
    for tree in asked:
        assert tree.sql("duckdb").startswith("SELECT * FROM cloudtrail_logs WHERE ")
    columns = [exp.Coalesce(this=tree.args["where"].this, expressions=[exp.false()]) for tree in asked]
    together = exp.select("number", exp.Array(expressions=columns)).from_("cloudtrail_logs")
    by_number = dict(connection.execute(together.sql("duckdb")).fetchall())
    return [[by_number[number][place] for number in range(count)] for place in range(len(queries))]


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(_in_duckdb(sql)).fetchall()


@functools.cache
def _in_duckdb(sql: str) -> str:
    return _translation(sql).sql("duckdb")


def _translation(sql: str) -> exp.Expr:
    tree = sqlglot.parse_one(sql, read="athena")
    for node in reversed(list(tree.bfs())):  # inner ones first
        translated = _translated(node)
        if translated is not node:
            node.replace(translated)
    return tree


def _translated(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Anonymous() if str(node.this).upper() == "ANY_MATCH":
            return _call("list_bool_or", _call("list_transform", *node.expressions))
        case exp.JSONExtractScalar():
            return _call("trino_scalar", _member(node))
        case exp.JSONExtract():
            return _member(node)
        case exp.JSONFormat():
            inner = node.this.this if isinstance(node.this, exp.Cast) else node.this
            return exp.cast(inner, "text")
        case exp.RegexpExtractAll():
            return _call("regexp_extract_all", node.this, node.expression)
        case exp.Anonymous() if str(node.this).upper() == "MAP_FILTER":
            return _call("trino_not_null", node.expressions[0])
        case exp.Cast() if node.to.this == exp.DataType.Type.JSON:
            return _call("to_json", node.this)
        case exp.Try():
            return node.this.copy()
        case exp.FromISO8601Timestamp():
            return exp.TryCast(this=node.this.copy(), to=exp.DataType.build("timestamp"))
        case exp.TryCast() if node.to.this == exp.DataType.Type.ARRAY:
            return _call("trino_array", node.this)
    return node


def _member(node: exp.Expr) -> exp.Expr:
    keys = [part.this for part in node.expression.expressions if isinstance(part, exp.JSONPathKey)]
    pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
    return _call("json_extract", node.this, exp.Literal.string(pointer or "$"))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))  # moved: the call takes their node's place


def _type(kind: Any) -> Any:
    """The type of a column as DuckDB's from_json is given it."""
    if isinstance(kind, list):
        return [_type(kind[0])]
    if isinstance(kind, Mapping):
        return {name.lower(): _type(inner) for name, inner in kind.items()}
    return "VARCHAR"


_STRUCTURE = json.dumps([{"number": "INTEGER", **_type(COLUMNS), **dict.fromkeys(PARTITION_KEYS, "VARCHAR")}])
