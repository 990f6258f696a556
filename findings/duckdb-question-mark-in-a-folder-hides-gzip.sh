#!/usr/bin/env bash
# Expected: read_json_objects reads a gzipped file by its ending .gz, in whatever folder it is, and a gzip stream whose
# checksum is wrong is an error, as it is to gzip and to zlib.
# What happens (DuckDB 2.0.0): below a folder with a question mark in its name (escaped as [?]), the compression is not
# detected, and the file is "malformed JSON"; with compression = 'gzip' it is read. A wrong checksum (CRC-32) is not
# noticed.
# Why it matters: a hunt skips the logs of such a folder as broken, and reads damaged ones without a word.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check duckdb==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import gzip
import sys
import zlib
from importlib.metadata import version
from pathlib import Path

import duckdb

print("duckdb", version("duckdb"))
content = gzip.compress(b'{"Records": [{"eventName": "StopLogging"}]}')
for folder in ("plain", "what?"):
    Path(folder).mkdir()
    Path(folder, "a.json.gz").write_bytes(content)
Path("damaged.json.gz").write_bytes(content[:-8] + bytes(4) + content[-4:])


def attempt(name, compression):
    query = f"SELECT count(*) FROM read_json_objects('{name}', format = 'unstructured', compression = '{compression}')"
    try:
        result = duckdb.sql(query).fetchall()[0][0]
    except duckdb.Error as error:
        result = type(error).__name__
    print(f"{name:20} {compression:12} -> {result}")
    return result


found = [
    attempt(name, compression)
    for name, compression in (
        ("plain/a.json.gz", "auto_detect"),
        ("what[?]/a.json.gz", "auto_detect"),
        ("what[?]/a.json.gz", "gzip"),
        ("damaged.json.gz", "auto_detect"),
    )
]
try:
    zlib.decompress(Path("damaged.json.gz").read_bytes(), 31)
except zlib.error as error:
    print("zlib:", error)
if found != [1, "InvalidInputException", 1, 1]:
    sys.exit("The behaviour has changed.")
PYTHON
