#!/usr/bin/env bash
# Expected: CAST(json_extract(...) AS varchar) is the text without quotes, as Trino documents for JSON strings.
# What happens (sqlglot 30.30.0, DuckDB 2.0.0): the cast stays a cast, and DuckDB's gives the JSON source: '"prod/db"'
# with quotes, and 'null' as a text instead of NULL.
# Why it matters: the cast is the other usual way, beside json_extract_scalar, to read CloudTrail's requestParameters
# on Athena. In DuckDB such a comparison holds for no record, and IS NULL never holds.
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


parameters = """'{"secretId": "prod/db", "filter": null}'"""
found = [
    run(f"CAST(json_extract({parameters}, '$.secretId') AS varchar)"),
    run(f"CAST(json_extract({parameters}, '$.secretId') AS varchar) = 'prod/db'"),
    run(f"CAST(json_extract({parameters}, '$.filter') AS varchar) IS NULL"),
]
recorded = ['"prod/db"', False, False]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
