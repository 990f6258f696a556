#!/usr/bin/env bash
# Expected: $1 in the replacement of regexp_replace is the first group, as Trino documents.
# What happens (sqlglot 30.30.0, DuckDB 2.0.0): the replacement is passed on as it is, but DuckDB writes groups as \1:
# the result holds the two characters $1.
# Why it matters: Normalising principals (role session to role, name to its prefix) by regexp_replace is how hunts
# group them. All principals become one and the same text, and a threshold is reached at once.
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


roles = [f"'assumed-role/{name}/session'" for name in ("ops", "audit")]
found = [run(f"regexp_replace({role}, '^assumed-role/([^/]+)/.*$', 'role/$1')") for role in roles]
recorded = ["role/$1", "role/$1"]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
