#!/usr/bin/env bash
# Expected: extract(DOW FROM x) and day_of_week(x) are one function, as Trino documents: 1 is Monday, 7 is Sunday.
# What happens (sqlglot 30.30.0, DuckDB 2.0.0): day_of_week becomes ISODOW and stays right; extract(DOW ...) becomes
# DuckDB's DAYOFWEEK, where Sunday is 0.
# Why it matters: 'Outside working hours' is a stock condition of hunts. One that says extract(DOW FROM t) IN (6, 7)
# loses Sundays in a local trial, and only Sundays.
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


found = [run(f"{call} = 7") for call in ("day_of_week(DATE '2026-11-29')", "extract(DOW FROM DATE '2026-11-29')")]
found.append(run("extract(DOW FROM DATE '2026-11-28')"))
recorded = [True, False, 6]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
