"""Rows of the documented table (athena_table.py), as Hive's JSON reader makes them of records."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from deadfall.rules.sigma.sql.athena_table import COLUMNS

from .json_writers import WRITERS

Write = Callable[[Any], str]


def rows_of(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of records, whose JSON is written in several ways."""
    return [row_of(record, WRITERS[number % len(WRITERS)]) for number, record in enumerate(records)]


def row_of(record: Mapping[str, Any], write: Write = json.dumps) -> dict[str, Any]:
    """Return the columns and partitions by name, as if CloudTrail had written the file on the day of the event.

    A boolean is text; an object that is kept as text is JSON, as `write` writes it.
    """
    columns = {name.lower(): _value(record.get(name), kind, write) for name, kind in COLUMNS.items()}
    day = str(record.get("eventTime"))[:10].replace("-", "/")
    return {**columns, "region": record.get("awsRegion"), "timestamp": day}


def _value(value: Any, kind: Any, write: Write) -> Any:
    if value is None:
        return None
    if isinstance(kind, list):
        return [_value(item, kind[0], write) for item in value]
    if isinstance(kind, Mapping):
        return {name.lower(): _value(value.get(name), inner, write) for name, inner in kind.items()}
    return value if isinstance(value, str) else write(value)
