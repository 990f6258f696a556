"""Run a hunt in DuckDB, in two steps: collect the records that may match a rule, by the text of their JSON, while the
files are read; then evaluate the rules on these candidates.

Only matching records reach Python. Candidates and matches spill to disk when they outgrow the memory limit. Files that
DuckDB refuses are read by `tolerant`, so that a broken record costs no other.
"""

import gzip
import itertools
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
from .json_text import parse_record
from .span import Span
from .tolerant import LARGEST_FILE, Problem, Record, UnreadableFileError, is_gzipped, read_tolerantly

_MEMORY = "2GB"

# DuckDB treats some characters of file names as patterns, cuts names at others, and refuses what is not UTF-8.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_./=,@+ -]*")
_ORDINARY = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[')

# Bytes of JSON of a file that is read together with others. DuckDB's buffers for larger ones leave no room for reuse
# within the memory limit, which makes reading half again as slow.
_LARGEST_OF_MANY = 64 * 1024 * 1024

# Candidates are evaluated when there are so many: each evaluation plans the rules anew, for up to half a second.
_MANY_CANDIDATES = 50_000
# Records and characters that are passed to DuckDB at once.
_CHUNK_RECORDS, _CHUNK_SIZE = 2000, 8 * 1024 * 1024

_NAMED_PROBLEMS = 3


class _UnexpectedShapeError(Exception):
    """A file is empty, or has values of which the fast path is not made."""


_BROKEN = (_UnexpectedShapeError, duckdb.IOException, duckdb.InvalidInputException, duckdb.DataError)
_BROKEN += (duckdb.OutOfMemoryException,)
_OTHER_SHAPE = "other shape"

# The records in each JSON value of a file, for files of CloudTrail's, and for files that DuckDB reads one at a time.
# Reading whole files and unnesting the records takes a twelfth of the time of read_json.
_CLOUDTRAIL = f"""CASE
    WHEN len(records) = 0 AND json_type(json, '$.Records') IS DISTINCT FROM 'ARRAY' THEN error('{_OTHER_SHAPE}')
    ELSE records
END"""
_LINES_OR_LIST = f"""CASE
    WHEN len(records) > 0 OR json_type(json, '$.Records') = 'ARRAY' THEN records
    WHEN json_exists(json, '$.eventName') AND json_exists(json, '$.eventSource') THEN [json_extract(json, '$')]
    ELSE error('{_OTHER_SHAPE}')
END"""


@dataclass(frozen=True)
class Broken:
    """A file that could not be searched, or not as a whole; `reason` reads on from its name.

    `records` is the number of records that were skipped; None if it is the whole file. `file` is None for a record
    that could not be evaluated, which the reason names.
    """

    file: Path | None
    reason: str
    records: int | None = None


@dataclass(frozen=True)
class Searched:
    """The result of searching some files. Of the `repaired`, all records were searched, with U+FFFD for some text."""

    records: int = 0
    broken: tuple[Broken, ...] = ()
    repaired: tuple[Broken, ...] = ()

    def __add__(self, other: "Searched") -> "Searched":
        return Searched(self.records + other.records, self.broken + other.broken, self.repaired + other.repaired)


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
        self._rules = [replace(rule, count=None) for rule in rules]
        self._folder = folder
        self._names = itertools.count()
        self._connection = define_functions(duckdb.connect())
        for setting, value in (
            ("memory_limit", _MEMORY),
            ("temp_directory", str(folder)),
            ("preserve_insertion_order", False),  # preserving it needs more memory
            ("enable_profiling", "no_output"),  # counts the records read
            ("enable_progress_bar", False),
        ):
            self._connection.execute(f"SET {setting} = ?", [value])
        self._connection.execute("CREATE TABLE found (rule VARCHAR, record JSON)")
        self._connection.execute("CREATE TABLE candidates (record JSON)")
        may_match = ArchiveTable().may_match([rule.condition for rule in self._rules]).sql(ArchiveTable.dialect)
        self._candidates = " AND ".join(
            [f"CASE WHEN starts_with(record, '{{') THEN {may_match} ELSE error('{_OTHER_SHAPE}') END", *_within(span)]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def search(self, files: Sequence[Path]) -> Searched:
        """Search the files for candidates; evaluate the rules when there are many. What can't be read is skipped."""
        # A file may have been removed or replaced since it was listed; DuckDB would wait for a named pipe's writer.
        searched = self._search([file for file in files if file.is_file()])
        searched += sum((self._search_tolerantly(file) for file in files if not file.is_file()), Searched())
        (candidates,) = self._connection.execute("SELECT count(*) FROM candidates").fetchall()[0]
        return searched + self.finish() if candidates >= _MANY_CANDIDATES else searched

    def finish(self) -> Searched:
        """Evaluate the rules on the remaining candidates."""
        first, last = self._connection.execute("SELECT min(rowid), max(rowid) FROM candidates").fetchall()[0]
        broken = self._evaluate(first, last) if first is not None else ()
        self._connection.execute("CREATE OR REPLACE TABLE candidates (record JSON)")
        return Searched(broken=tuple(broken))

    def add(self, found: Iterable[tuple[str, str]]) -> None:
        """Add matches found elsewhere: pairs of rule and record (JSON)."""
        self._connection.executemany("INSERT INTO found VALUES (?, ?)", list(found))

    def found(self) -> Iterator[Found]:
        """Yield all matches so far, by time. Call `finish` first to learn which records can't be evaluated."""
        self.finish()
        results = self._connection.cursor().execute(_results(self._counts))
        while rows := results.fetchmany(1000):
            for rule, record, count, group in rows:
                counted = self._counts.get(rule)
                named = dict(zip(counted.group_by, group, strict=True)) if counted else None
                yield Found(rule, parse_record(record), count, named)

    def _search(self, files: Sequence[Path]) -> Searched:
        if not files:
            return Searched()
        try:
            return Searched(self._collect(files, _CLOUDTRAIL, "auto_detect", values=len(files)))
        except _BROKEN:
            pass
        if len(files) == 1:
            return self._search_alone(files[0])
        if odd := {file for file in files if not _is_ordinary(file)}:
            alone = sum((self._search_alone(file) for file in files if file in odd), Searched())
            return alone + self._search([file for file in files if file not in odd])
        middle = len(files) // 2
        return self._search(files[:middle]) + self._search(files[middle:])

    def _search_alone(self, file: Path) -> Searched:
        """Search a file that may be compressed otherwise than its name says, or have one record a line."""
        try:
            return Searched(self._collect([file], _LINES_OR_LIST, "gzip" if is_gzipped(file) else "none"))
        except (*_BROKEN, OSError):
            return self._search_tolerantly(file)

    def _search_tolerantly(self, file: Path) -> Searched:
        records = size = 0
        chunk: list[Record] = []
        problems: list[Problem] = []
        repaired: list[Problem] = []
        try:
            for each in read_tolerantly(file):
                if isinstance(each, Problem):
                    problems.append(each)
                    continue
                if each.repaired:
                    repaired.append(Problem(each.position, f"has {' and '.join(each.repaired)}"))
                chunk.append(each)
                size += len(each.text)
                if len(chunk) == _CHUNK_RECORDS or size > _CHUNK_SIZE:
                    records += self._collect_texts(chunk, problems)
                    chunk, size = [], 0
            records += self._collect_texts(chunk, problems)
        except UnreadableFileError as error:
            return Searched(0, (Broken(file, str(error)),))
        skipped = sum(problem.position is not None for problem in problems)
        broken = (Broken(file, _describe(problems), skipped if records else None),) if problems else ()
        noted = (Broken(file, _describe(repaired), 0),) if repaired else ()
        return Searched(records, broken, noted)

    def _collect(self, files: Sequence[Path], shape: str, compression: str, *, values: int | None = None) -> int:
        """Add the candidates in the files, and return how many records there are.

        With `values`, the files must have this number of JSON values.
        """
        largest = LARGEST_FILE if values is None else min(_LARGEST_OF_MANY, LARGEST_FILE)
        with self._transaction():
            names = ", ".join(exp.Literal.string(self._plain_name(file)).sql("duckdb") for file in files)
            self._execute(
                f"""INSERT INTO candidates SELECT record FROM (
                SELECT unnest({shape}) AS record FROM (
                    SELECT json, json_extract(json, '$.Records[*]') AS records FROM read_json_objects(
                        [{names}], format = 'unstructured', compression = '{compression}',
                        maximum_object_size = {largest}
                    )
                )) WHERE {self._candidates}"""  # noqa: S608
            )
            found, records = _read(json.loads(self._connection.get_profiling_information(format="json")))
            if found == 0 or values not in (None, found):
                raise _UnexpectedShapeError
        return records

    def _collect_texts(self, records: Sequence[Record], problems: list[Problem]) -> int:
        """Add the candidates among these records, and return how many of them DuckDB could read."""
        if not records:
            return 0
        try:
            with self._transaction():
                statement = "INSERT INTO candidates SELECT record FROM (SELECT unnest(?::VARCHAR[])::JSON AS record)"
                texts = [record.text for record in records]
                self._connection.execute(f"{statement} WHERE {self._candidates}", [texts])
            return len(records)
        except _BROKEN as error:
            if len(records) == 1:
                problems.append(Problem(records[0].position, _reason(error)))
                return 0
        middle = len(records) // 2
        return self._collect_texts(records[:middle], problems) + self._collect_texts(records[middle:], problems)

    def _evaluate(self, first: int, last: int) -> list[Broken]:
        """Evaluate the rules on the candidates with these row numbers, and return what could not be evaluated."""
        rows = f"(SELECT * FROM candidates WHERE rowid BETWEEN {first} AND {last})"  # noqa: S608
        try:
            with self._transaction():
                if rules := self._possible_rules(rows):
                    self._connection.execute(f"CREATE OR REPLACE TEMP VIEW records AS {rows[1:-1]}")
                    matches = hits(rules, ArchiveTable()).sql(ArchiveTable.dialect)
                    self._execute(f"INSERT INTO found SELECT rule, record FROM ({matches})")  # noqa: S608
            return []
        except _BROKEN as error:
            if first == last:
                return [Broken(None, f"{self._name_record(first)}: {_reason(error)}", 1)]
        middle = (first + last) // 2
        return self._evaluate(first, middle) + self._evaluate(middle + 1, last)

    def _possible_rules(self, rows: str) -> list[Rule]:
        """Return the rules of which a row may be a match. Planning takes long for all rules, but few are possible."""
        if not self._rules:
            return []
        possible = ", ".join(
            f"bool_or({ArchiveTable().may_match([rule.condition]).sql(ArchiveTable.dialect)})" for rule in self._rules
        )
        answers = self._connection.execute(f"SELECT {possible} FROM {rows}").fetchall()[0]  # noqa: S608
        return [rule for rule, answer in zip(self._rules, answers, strict=True) if answer]

    def _name_record(self, row: int) -> str:
        event = "SELECT json_extract_string(record, '/eventID') FROM candidates WHERE rowid = ?"
        try:
            return f"the record with the event ID {self._connection.execute(event, [row]).fetchall()[0][0]}"
        except _BROKEN:
            return "a record"

    def _plain_name(self, file: Path) -> str:
        """Return a name of the file that DuckDB takes as it is."""
        if _PLAIN_NAME.fullmatch(str(file)):
            return str(file)
        self._folder.mkdir(parents=True, exist_ok=True)
        link = self._folder / f"{next(self._names)}{'.json.gz' if file.name.lower().endswith('.gz') else '.json'}"
        link.symlink_to(file.absolute())
        return str(link)

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


def _is_ordinary(file: Path) -> bool:
    """Return whether a file is named as it is compressed, and begins as CloudTrail's log files do."""
    try:
        if is_gzipped(file) != file.name.endswith(".gz"):
            return False
        with gzip.open(file) if file.name.endswith(".gz") else file.open("rb") as opened:
            return bool(_ORDINARY.match(opened.read(200)))
    except (OSError, EOFError):
        return False


def _describe(problems: Sequence[Problem]) -> str:
    named = [
        problem.reason if problem.position is None else f"record {problem.position} {problem.reason}"
        for problem in problems[:_NAMED_PROBLEMS]
    ]
    more = len(problems) - _NAMED_PROBLEMS
    return "; ".join(named) + (f"; and {more:,} more" if more > 0 else "")


def _within(span: Span) -> list[str]:
    """Return the conditions for the span. Dates need no escaping."""
    conditions = [f"json_extract_string(record, '/eventTime') >= '{span.first}'"] if span.first else []
    return conditions + ([f"json_extract_string(record, '/eventTime') < '{span.end}'"] if span.end else [])


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
    """Describe why DuckDB refuses a record, to follow its name."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"needs more memory than {_MEMORY}"
    return f"can't be searched: {' '.join(str(error).split())[:200]}"
