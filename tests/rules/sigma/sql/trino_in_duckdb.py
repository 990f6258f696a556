"""Runs Athena's SQL in DuckDB: sqlglot reads it as Athena's, and each function of Trino gets DuckDB's words.

What the functions do is from Trino's documentation, "JSON functions and operators" and "Array functions": a cast of
JSON to array(json) takes lists only and keeps null as JSON; json_extract_scalar gives NULL for lists, objects and null.
"""

import json
from collections.abc import Mapping
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from deadfall.rules.sigma.sql.athena_table import COLUMNS

_FUNCTIONS = """
CREATE OR REPLACE TEMP MACRO trino_scalar(json) AS
    CASE WHEN json_type(json) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json ->> '$' END;
CREATE OR REPLACE TEMP MACRO trino_array(json) AS
    CASE WHEN json_type(json) = 'ARRAY' THEN json_extract(json, '$[*]') END;
"""


def load(connection: duckdb.DuckDBPyConnection, records: list[dict[str, Any]]) -> None:
    """The documented table, with these records."""
    connection.execute(_FUNCTIONS)
    columns = ", ".join(f'"{name.lower()}" {_type(kind)}' for name, kind in COLUMNS.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cloudtrail_logs (number INTEGER, {columns})")
    rows = [
        [number, *(_value(record.get(name), kind) for name, kind in COLUMNS.items())]
        for number, record in enumerate(records)
    ]
    marks = ", ".join("?" for _ in rows[0])
    connection.executemany(f"INSERT INTO cloudtrail_logs VALUES ({marks})", rows)  # noqa: S608


def answers(connection: duckdb.DuckDBPyConnection, sql: str, count: int) -> list[bool]:
    """For each record whether the query selects it."""
    tree = sqlglot.parse_one(sql, read="athena")
    for node in reversed(list(tree.bfs())):  # inner ones first
        node.replace(_translated(node))
    found = {row[0] for row in connection.execute(tree.sql("duckdb")).fetchall()}
    return [number in found for number in range(count)]


def _translated(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Anonymous() if str(node.this).upper() == "ANY_MATCH":
            return _call("list_bool_or", _call("list_transform", *node.expressions))
        case exp.JSONExtractScalar():
            return _call("trino_scalar", node.this)
        case exp.JSONExtract():
            keys = [part.this for part in node.expression.expressions if isinstance(part, exp.JSONPathKey)]
            pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
            return _call("json_extract", node.this, exp.Literal.string(pointer) if keys else exp.Literal.string("$"))
        case exp.JSONFormat():
            inner = node.this.this if isinstance(node.this, exp.Cast) else node.this
            return exp.cast(inner, "text")
        case exp.TryCast() if node.to.this == exp.DataType.Type.ARRAY:
            return _call("trino_array", node.this)
    return node


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _type(kind: Any) -> str:
    if isinstance(kind, list):
        return _type(kind[0]) + "[]"
    if isinstance(kind, Mapping):
        return "STRUCT(" + ", ".join(f'"{name.lower()}" {_type(inner)}' for name, inner in kind.items()) + ")"
    return "VARCHAR"


def _value(value: Any, kind: Any) -> Any:
    """As Hive's reader gives it: text for a boolean, JSON for an object that is kept as text."""
    if value is None:
        return None
    if isinstance(kind, list):
        return [_value(item, kind[0]) for item in value]
    if isinstance(kind, Mapping):
        return {name.lower(): _value(value.get(name), inner) for name, inner in kind.items()}
    return value if isinstance(value, str) else json.dumps(value)
