"""Run a hunt in DuckDB: it reads the files, evaluates all rules in one pass, and stores the matches.

Only matching records reach Python. Matches spill to disk when they outgrow the memory limit.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import duckdb
from sqlglot import exp

from deadfall.rules.sigma.rule import Count, Rule
from deadfall.rules.sigma.sql.archive_table import ArchiveTable, define_functions
from deadfall.rules.sigma.sql.query import hits

from .bursts import bursts
from .span import Span

_MEMORY = "2GB"
# Bytes of JSON. Each file is read into memory whole; CloudTrail's have at most tens of megabytes.
LARGEST_FILE = 256 * 1024 * 1024

# DuckDB treats file names as glob patterns.
_PATTERN = re.compile(r"[*?\[]")


class _EmptyFileError(Exception):
    """One of the files read together is empty."""


_BROKEN = (_EmptyFileError, duckdb.IOException, duckdb.InvalidInputException, duckdb.DataError)
_BROKEN += (duckdb.OutOfMemoryException,)
_REASONS = (
    (
        re.compile("maximum_object_size"),
        f"has more than {LARGEST_FILE >> 20} MB of JSON, so it is not a CloudTrail log file",
    ),
    (re.compile("not a GZIP stream"), "is named .gz but is not gzipped"),
    (re.compile("GZIP"), "its gzip stream is damaged or truncated"),
    (re.compile(r"Malformed JSON in file .*, at byte (\d+) in record/value \d+: (.*)", re.S), r"is not JSON: \2"),
    (re.compile("out of memory", re.I), f"needs more memory than {_MEMORY}"),
)
_NO_RECORDS = "has no Records list, so it is not a CloudTrail log file"
_NOTHING = "is empty"


@dataclass(frozen=True)
class Broken:
    """A file that could not be searched; `reason` reads on from its name."""

    file: Path
    reason: str


@dataclass(frozen=True)
class Searched:
    """The result of searching some files."""

    records: int = 0
    broken: tuple[Broken, ...] = ()

    def __add__(self, other: "Searched") -> "Searched":
        return Searched(self.records + other.records, self.broken + other.broken)


@dataclass(frozen=True)
class Found:
    """A record that matched a rule; for a rule with a threshold, the record that reached it, its count and `group`."""

    rule: str
    record: Mapping[str, Any]
    count: int | None = None
    group: Mapping[str, str | None] | None = None


class Database:
    """A context manager for the DuckDB connection. `folder` receives what exceeds the memory limit."""

    def __init__(self, rules: Sequence[Rule], span: Span, folder: Path) -> None:
        self._counts = {rule.name: rule.count for rule in rules if rule.count}
        singly = [replace(rule, count=None) for rule in rules]
        self._hits = hits(singly, ArchiveTable()).sql(ArchiveTable.dialect)
        self._connection = define_functions(duckdb.connect())
        for setting, value in (
            ("memory_limit", _MEMORY),
            ("temp_directory", str(folder)),
            ("preserve_insertion_order", False),  # preserving it needs more memory
            ("enable_profiling", "no_output"),  # counts the records read
        ):
            self._connection.execute(f"SET {setting} = ?", [value])
        self._connection.execute("CREATE TABLE found (rule VARCHAR, record JSON)")
        self._within = _within(span)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def search(self, files: Sequence[Path]) -> Searched:
        """Evaluate all rules over the records in the files. A file that can't be read is skipped entirely."""
        if not files:
            return Searched()
        try:
            return Searched(self._over(files, f"INSERT INTO found SELECT rule, record FROM ({self._hits})"))  # noqa: S608
        except _BROKEN as error:
            failed = error
        # Planning all rules takes longer than reading some files, so locate the broken files without the rules.
        if broken := self._broken(files):
            unreadable = {each.file for each in broken}
            return self.search([file for file in files if file not in unreadable]) + Searched(0, tuple(broken))
        if len(files) == 1:
            return Searched(0, (Broken(files[0], _reason(failed)),))
        middle = len(files) // 2
        return self.search(files[:middle]) + self.search(files[middle:])

    def add(self, found: Iterable[tuple[str, str]]) -> None:
        """Add matches found elsewhere: pairs of rule and record (JSON)."""
        self._connection.executemany("INSERT INTO found VALUES (?, ?)", list(found))

    def found(self) -> Iterator[Found]:
        """Yield all matches so far, by time."""
        results = self._connection.cursor().execute(_results(self._counts))
        while rows := results.fetchmany(1000):
            for rule, record, count, group in rows:
                counted = self._counts.get(rule)
                named = dict(zip(counted.group_by, group, strict=True)) if counted else None
                yield Found(rule, _object(record), count, named)

    def _broken(self, files: Sequence[Path]) -> list[Broken]:
        try:
            self._over(files, "SELECT count(record) FROM records")
            return []
        except _BROKEN as error:
            if len(files) == 1:
                return [Broken(files[0], _reason(error))]
        middle = len(files) // 2
        return self._broken(files[:middle]) + self._broken(files[middle:])

    def _over(self, files: Sequence[Path], statement: str) -> int:
        """Execute a statement over the records in the files, and return how many there are."""
        with self._transaction():
            self._connection.execute(_records(files) + self._within)
            self._execute(statement)
            values, records = _read(json.loads(self._connection.get_profiling_information(format="json")))
            if values < len(files):
                raise _EmptyFileError(_NOTHING)
        return records

    def _execute(self, statement: str) -> None:
        """Execute in a thread: DuckDB otherwise reacts to Ctrl-C only when the statement ends."""
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(self._connection.execute, statement)
            try:
                done.result()
            except KeyboardInterrupt:
                self._connection.interrupt()
                raise

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()


def _records(files: Sequence[Path]) -> str:
    names = ", ".join(exp.Literal.string(_PATTERN.sub(r"[\g<0>]", str(file))).sql("duckdb") for file in files)
    # Reading whole files and unnesting the records takes a twelfth of the time of read_json.
    return f"""CREATE OR REPLACE VIEW records AS SELECT record FROM (
    SELECT unnest(CASE
        WHEN len(records) = 0 AND json_type(json, '$.Records') IS DISTINCT FROM 'ARRAY' THEN error('{_NO_RECORDS}')
        ELSE records
    END) AS record
    FROM (
        SELECT json, json_extract(json, '$.Records[*]') AS records
        FROM read_json_objects([{names}], format = 'unstructured', maximum_object_size = {LARGEST_FILE})
    )
)"""  # noqa: S608


def _within(span: Span) -> str:
    """Return a WHERE clause for the span. Dates need no escaping."""
    conditions = [f"json_extract_string(record, '/eventTime') >= '{span.first}'"] if span.first else []
    conditions += [f"json_extract_string(record, '/eventTime') < '{span.end}'"] if span.end else []
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _results(counts: Mapping[str, Count]) -> str:
    names = ", ".join(exp.Literal.string(name).sql("duckdb") for name in counts)
    alone = "SELECT rule, record, NULL AS count, NULL AS grouped FROM found"
    if counts:
        alone += f" WHERE rule NOT IN ({names})"
    parts = [alone, *(bursts(name, count) for name, count in counts.items())]
    order = "json_extract_string(record, '/eventTime'), rule, json_extract_string(record, '/eventID')"
    return f"{' UNION ALL '.join(parts)} ORDER BY {order}"


def _read(plan: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many JSON values (one per file) and how many records were read."""
    for node in _nodes(plan):
        if node.get("type") == "UNNEST":
            files = [each for each in _nodes(node) if not each.get("children")]
            return files[0]["intermediate_rows"], node["intermediate_rows"]
    raise LookupError("the plan has no records")


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for child in [*node.get("operator", ()), *node.get("children", ())]:
        yield from _nodes(child)
    yield node


def _reason(error: Exception) -> str:
    text = str(error)
    for pattern, reason in _REASONS:
        if match := pattern.search(text):
            return match.expand(reason) if "\\" in reason else reason
    for reason in (_NO_RECORDS, _NOTHING):
        if reason in text:
            return reason
    return f"can't be searched: {' '.join(text.split())}"


def _object(record: str) -> Mapping[str, Any]:
    """Parse a record. In CloudTrail's files it is always an object."""
    value = json.loads(record)
    return value if isinstance(value, dict) else {}
