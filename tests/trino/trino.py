"""Trino, over a pipe; see TrinoInProcess.java for the protocol.

Maven fetches the libraries (78 MB) and builds our small program around them into `out/trino`, once; then only java
runs.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from deadfall.rules.sigma.sql.athena_table import COLUMNS, Column
from deadfall.rules.sigma.sql.hive_table import PARTITION_KEYS

from ..java import OracleUnavailable, class_path

_MEMORY = "-Xmx1g"
# Java's first compiler alone: the statements are many and short, and optimizing their code costs more than it saves.
_START_FAST = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
# JOL, with which Trino measures memory, otherwise tries to attach to this process, in vain.
_NO_ATTACHING = tuple(f"-Djol.skip{how}Attach=true" for how in ("Installed", "Dynamic", "HotspotSA"))


class QueryRefused(Exception):  # noqa: N818 - Trino's word is "failed", which ours could be as well
    """Trino can't run a statement; the message is Trino's."""


class Trino:
    """A running Trino; a context manager. Raises OracleUnavailable where java or mvn is missing or fails."""

    def __init__(self) -> None:
        classes = class_path(Path(__file__).parent, "Trino, Athena's engine")
        self._process = subprocess.Popen(
            ["java", _MEMORY, *_START_FAST, *_NO_ATTACHING, "-cp", classes, "TrinoInProcess"],  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate()

    def load(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the documented table (athena_rows.py); its column `number` numbers the rows."""
        columns = {"number": "bigint", **{name: _type(column) for name, column in _COLUMNS.items()}}
        values = [[number, *_values(row, _COLUMNS)] for number, row in enumerate(rows)]
        self._answer({"table": "cloudtrail_logs", "columns": list(columns.items()), "rows": values})

    def rows(self, sql: str) -> list[list[Any]]:
        """Return the rows of a query. Raises QueryRefused."""
        return self._answer({"statement": sql})

    def _answer(self, request: Mapping[str, Any]) -> list[list[Any]]:
        to_java, from_java = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        to_java.write(json.dumps(request) + "\n")
        to_java.flush()
        answer = from_java.readline()
        if not answer:
            raise OracleUnavailable("Trino stopped without an answer; what java wrote is above.")
        read = json.loads(answer)
        if "refused" in read:
            raise QueryRefused(read["refused"])
        return read["rows"]


_COLUMNS: Mapping[str, Column] = {
    **{name.lower(): column for name, column in COLUMNS.items()},
    **dict.fromkeys(PARTITION_KEYS, "text"),
}


def _type(column: Column) -> str:
    """Return Trino's type of one of Hive's columns (hive_table.py)."""
    if isinstance(column, Mapping):
        fields = (f'"{name.lower()}" {_type(field)}' for name, field in column.items())
        return f"row({', '.join(fields)})"
    if isinstance(column, list):
        return f"array({_type(column[0])})"
    return "varchar"


def _values(row: Mapping[str, Any], columns: Mapping[str, Column]) -> list[Any]:
    return [_value(row.get(name.lower()), column) for name, column in columns.items()]


def _value(value: Any, column: Column) -> Any:
    if value is None:
        return None
    if isinstance(column, Mapping):
        return _values(value, column)
    if isinstance(column, list):
        return [_value(item, column[0]) for item in value]
    return value
