"""Measure a count or a hunt, for `benchmark`. The hunt is that of the checkout on PYTHONPATH, maybe an older one."""

import importlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from deadfall.hunt.database import Database
from deadfall.hunt.folder import Folder
from deadfall.hunt.span import Span


def main(what: str, folder: Path) -> None:
    """Print seconds, CPU seconds of all cores, peak memory, and the numbers of hits, records and rules, as JSON."""
    files = sorted(folder.rglob("*.json.gz"))
    rules = _rules() if what == "hunt" else []
    began, before = time.perf_counter(), _used()
    hits, records = _hunt(rules, folder) if rules else (0, _count(files))
    measured = {
        "seconds": time.perf_counter() - began,
        "cores": _used() - before,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "hits": hits,
        "records": records,
        "rules": len(rules),
    }
    print(json.dumps(measured))


def _rules() -> Any:
    rules: Any = importlib.import_module("deadfall.hunt.rules")
    if hasattr(rules, "select_rules"):
        config = importlib.import_module("deadfall.stack_files").config_of("dev")
        return rules.numbered_rules(rules.select_rules([], config))
    config = importlib.import_module("deadfall.lab.lab").config_of("dev")  # the names of older checkouts
    return rules.asked(rules.chosen([], config))


def _count(files: Sequence[Path]) -> int:
    """Count the records with the fastest straightforward DuckDB query."""
    listed = ", ".join(f"'{file}'" for file in files)
    sql = (
        "SELECT count(*) FROM (SELECT unnest(json_extract(json, '$.Records[*]')) "  # noqa: S608
        f"FROM read_json_objects([{listed}], format = 'unstructured', maximum_object_size = 268435456))"
    )
    return duckdb.connect().execute(sql).fetchall()[0][0]


def _hunt(rules: Any, folder: Path) -> tuple[int, int]:
    """Hunt as the command does, and return the numbers of hits and records."""
    source: Any = Folder([folder])
    files = source.files(Span())
    with tempfile.TemporaryDirectory() as spill, Database(rules, Span(), Path(spill)) as database:
        batches = source.batches(getattr(files, "files", files))
        records = sum(database.search(list(batch.files)).records for batch in batches)
        getattr(database, "finish", lambda: None)()
        return sum(1 for _ in database.found()), records


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
