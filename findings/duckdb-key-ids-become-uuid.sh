#!/usr/bin/env bash
# Expected: read_json gives requestParameters.keyId as text, for KMS takes key ids, aliases and ARNs there.
# What happens (DuckDB 2.0.0): where each key id of the files is a plain one the column is a UUID. A comparison with
# 'alias/prod' is then a conversion error, LIKE a binder error, and ids in capitals come back in small letters; one
# alias in any file, and all is text again.
# Why it matters: a hunt for keys by alias works on one day's archive and ends with an error on the next. It depends
# on what the callers wrote, not on the query.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check duckdb==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import json
import sys
from importlib.metadata import version
from pathlib import Path

import duckdb

print("duckdb", version("duckdb"))


def attempt(key_ids, expression):
    parameters = [{"eventName": "Decrypt", "requestParameters": {"keyId": key_id}} for key_id in key_ids]
    Path("trail.json").write_text(json.dumps({"Records": parameters}))
    key = "record.requestParameters.keyId"
    query = f"SELECT {expression.format(key=key)} FROM (SELECT unnest(Records) AS record FROM read_json('trail.json'))"
    try:
        result = duckdb.sql(query).fetchall()[0][0]
    except duckdb.Error as error:
        result = type(error).__name__
    print(f"{expression:40} key ids {key_ids} -> {result}")
    return result


plain = ["6F1B2C3D-0000-4000-8000-00000000000A"]
expressions = ["typeof({key})", "count(*) FILTER ({key} = 'alias/prod')", "count(*) FILTER ({key} LIKE 'alias/%')"]
expressions.append("CAST({key} AS varchar)")
found = [[attempt(key_ids, expression) for expression in expressions] for key_ids in (plain, [*plain, "alias/prod"])]
recorded = [["UUID", "ConversionException", "BinderException", plain[0].lower()], ["VARCHAR", 1, 1, plain[0]]]
if found != recorded:
    sys.exit("The behaviour has changed.")
PYTHON
