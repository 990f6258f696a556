"""One statement at a time: its result in Trino beside what it must be, and beside its result in DuckDB."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ..rules.sigma.sql import trino_in_duckdb
from ..rules.sigma.sql.athena_rows import rows_of
from .trino import QueryRefused, Trino

Record = dict[str, Any]


@dataclass
class Counts:
    """Of one section: pairs of a statement and a record, and how many of these match, differ, or could not be run."""

    statements: int = 0
    pairs: int = 0
    matches: int = 0
    disagreements: list[str] = field(default_factory=list)
    by_stand_in: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def add(self, other: "Counts") -> None:
        self.statements += other.statements
        self.pairs += other.pairs
        self.matches += other.matches
        self.disagreements += other.disagreements
        self.by_stand_in += other.by_stand_in
        self.refused += other.refused

    @property
    def failed(self) -> bool:
        return bool(self.disagreements or self.by_stand_in or self.refused)


class Comparison:
    """Runs statements on records in Trino and in DuckDB, and counts."""

    def __init__(self, trino: Trino, database: duckdb.DuckDBPyConnection) -> None:
        self._trino = trino
        self._database = database
        self._records: Sequence[Record] = ()

    def load(self, records: Sequence[Record]) -> None:
        """Replace the table."""
        self._records = records
        self._trino.load(rows_of(records))
        trino_in_duckdb.load(self._database, list(records))

    def selected(self, counts: Counts, name: str, sql: str, expected: Sequence[bool | None]) -> None:
        """Compare which records a statement selects; None where it is not known what it must do."""
        counts.statements += 1
        counts.pairs += sum(must is not None for must in expected)
        counts.matches += sum(must is True for must in expected)
        found = self._run(counts, name, sql, lambda row: row[0])
        if found is None:
            return
        in_trino, in_duckdb = found
        for number, must in enumerate(expected):
            if must is not None and bool(in_trino[number]) != must:
                counts.disagreements.append(f"{name}: must be {must}: {self._records[number]}\n  {sql}")
            if in_trino[number] != in_duckdb[number]:
                counts.by_stand_in.append(f"{name}: Trino {in_trino[number]}: {self._records[number]}\n  {sql}")

    def returned(
        self, counts: Counts, name: str, sql: str, of: Callable[[Sequence[Any]], Any], expected: Counter[Any]
    ) -> None:
        """Compare what a statement returns, row by row and in any order."""
        counts.statements += 1
        counts.pairs += len(self._records)
        counts.matches += expected.total()
        found = self._run(counts, name, sql, of)
        if found is None:
            return
        in_trino, in_duckdb = found
        for row in in_trino | expected:
            if in_trino[row] != expected[row]:
                counts.disagreements.append(f"{name}: {in_trino[row]}, must be {expected[row]}: {row}\n  {sql}")
            if in_trino[row] != in_duckdb[row]:
                counts.by_stand_in.append(f"{name}: Trino {in_trino[row]}, DuckDB {in_duckdb[row]}: {row}\n  {sql}")

    def _run(
        self, counts: Counts, name: str, sql: str, of: Callable[[Sequence[Any]], Any]
    ) -> tuple[Counter[Any], Counter[Any]] | None:
        try:
            in_trino = Counter(of(row) for row in self._trino.rows(sql))
        except QueryRefused as refused:
            counts.refused.append(f"{name}: {refused}\n  {sql}")
            return None
        return in_trino, Counter(of(row) for row in trino_in_duckdb.rows(self._database, sql))
