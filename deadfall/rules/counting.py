"""Evaluate a rule's threshold on matching records."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from deadfall.patterns.condition import as_text, values

from .sigma.rule import Count

_Record = Mapping[str, Any]


def reaches_threshold(count: Count | None, matching: Iterable[_Record]) -> bool:
    """Return whether some window of the count's length contains enough of these records; without a count, one."""
    if count is None:
        return any(True for _ in matching)
    groups: dict[tuple[str, ...], list[_Record]] = defaultdict(list)
    for record in matching:
        groups[tuple(_text(record, field) for field in count.group_by)].append(record)
    return any(_within_a_window(count, sorted(group, key=_time)) for group in groups.values())


def _within_a_window(count: Count, records: list[_Record]) -> bool:
    window = timedelta(seconds=count.seconds)
    for first, record in enumerate(records):
        inside = [each for each in records[first:] if _time(each) - _time(record) < window]
        if len(inside) >= count.at_least:
            return True
    return False


def _time(record: _Record) -> datetime:
    return datetime.fromisoformat(record["eventTime"])


def _text(record: _Record, field: str) -> str:
    return ",".join(as_text(value) for value in values(record, field) if value is not None)
