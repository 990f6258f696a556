"""Counted detections: so many events of one group within a window of time.

The window of an event are the seconds that end with it, as in (t - seconds, t]. Deliveries are not in order, so that an
event may complete the window of a later one that was counted before it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .manifest import Count, ManifestDetection

_LONGEST = 200
_IDS_TOLD = 100


@dataclass(frozen=True, order=True)
class Occurrence:
    """One event that is counted."""

    at: datetime
    event_id: str


@dataclass(frozen=True)
class Group:
    """The events that are counted together: those of a detection that have the same values of some fields."""

    detection: str
    values: tuple[tuple[str, str], ...]
    key: str

    def __str__(self) -> str:
        return ", ".join(f"{field} {value or '(none)'}" for field, value in self.values)


@dataclass(frozen=True)
class Reached:
    """The events of one window, which are as many as were asked for, or more."""

    count: Count
    group: Group
    occurrences: tuple[Occurrence, ...]

    def document(self) -> dict[str, Any]:
        return {
            "group": dict(self.group.values),
            "seconds": self.count.seconds,
            "at_least": self.count.at_least,
            "number": _number(self.occurrences),
            "event_ids": [occurrence.event_id for occurrence in self.occurrences[:_IDS_TOLD]],
        }


def group_of(detection: ManifestDetection, count: Count, fields: Mapping[str, Any]) -> Group:
    """`fields` is the whole record. What it doesn't have is a value of its own."""
    values = [_text(fields, field) for field in count.group_by]
    key = hashlib.sha256(json.dumps([detection.id, *values]).encode()).hexdigest()[:32]
    return Group(detection.id, tuple(zip(count.group_by, map(_short, values), strict=True)), key)


def enough_on_a_side(count: Count) -> int:
    """How many of the nearest events before it, and after it, are read: `at_least` decide whether an event's window has
    enough, and more are for people to read."""
    return max(count.at_least, _IDS_TOLD)


def reached(count: Count, group: Group, one: Occurrence, others: Iterable[Occurrence]) -> Reached | None:
    """The fullest window with this event in it, if it has enough."""
    ordered = sorted({one, *others})
    length = timedelta(seconds=count.seconds)
    windows = (
        tuple(each for each in ordered if last.at - length < each.at <= last.at)
        for last in ordered
        if one.at <= last.at < one.at + length
    )
    fullest = max(windows, key=_number)
    return Reached(count, group, fullest) if _number(fullest) >= count.at_least else None


def _number(occurrences: Iterable[Occurrence]) -> int:
    return len({occurrence.event_id for occurrence in occurrences})


def _text(fields: Mapping[str, Any], path: str) -> str:
    """The values at a path as text, lists on the way being transparent; empty if there is none."""
    found = (value for value in _at(fields, path.split(".")) if value is not None)
    return ",".join(value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in found)


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _short(text: str) -> str:
    """Text of any length so that it is small and still differs from others."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}...({hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]})"
