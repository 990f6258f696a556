#!/usr/bin/env bash
# Expected: json_value and json_exists with Trino's path ('lax $.secretId') are translated, or reported as
# unsupported.
# What happens (sqlglot 30.30.0, DuckDB 2.0.0): they pass through with their path. DuckDB has functions of the same
# names and takes 'lax $.secretId' for one key: json_value is NULL and json_exists false for each record, without an
# error.
# Why it matters: Trino's documentation writes each of these paths with a mode. A hunt proven in DuckDB finds nothing
# there, so 'no hits' looks like the result.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check sqlglot==30.30.0 duckdb==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import duckdb
import sqlglot

print("sqlglot", version("sqlglot"), " duckdb", version("duckdb"))


def run(expression):
    """Transpile an Athena expression; raise where sqlglot itself reports that something is unsupported."""
    [query] = sqlglot.transpile(
        f"SELECT {expression}", read="athena", write="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    [(result,)] = duckdb.sql(query).fetchall()
    print(f"athena: {expression}\n  duckdb: {query}\n  -> {result!r}")
    return result


parameters = """'{"secretId": "prod/db"}'"""
found = [
    run(f"json_value({parameters}, 'lax $.secretId')"),
    run(f"json_exists({parameters}, 'lax $.secretId')"),
    run(f"json_extract_scalar({parameters}, '$.secretId')"),
]
recorded = [None, False, "prod/db"]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
