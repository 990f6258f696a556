#!/usr/bin/env bash
# Expected: split(text, delimiter, limit) keeps the rest in the last part, as Trino documents; sqlglot reports what it
# cannot translate.
# What happens (sqlglot 30.30.0, DuckDB 2.0.0): the limit disappears without a report, even with
# unsupported_level=RAISE. The sixth part of an ARN is its resource on Athena, and the resource's first word in
# DuckDB.
# Why it matters: ARNs are taken apart with split(arn, ':', 6). A hunt that joins or compares resources (log groups,
# functions with aliases, secrets) finds other rows in a local trial than on Athena.
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


arn = "'arn:aws:logs:eu-west-1:123456789012:log-group:trail'"
found = [run(f"split({arn}, ':', 6)[6]"), run(f"cardinality(split({arn}, ':', 6))")]
recorded = ["log-group", 7]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
