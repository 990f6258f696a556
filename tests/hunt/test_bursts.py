"""Bursts in SQL compared with a Python reference."""

import json
from datetime import datetime, timedelta

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from deadfall.hunt.bursts import bursts
from deadfall.rules.sigma.rule import Count

_START = datetime.fromisoformat("2026-11-01T12:00:00+00:00")
Event = tuple[int, int, int, int]
"""Seconds, group, value and number; a duplicate delivery has the same number."""


def by_hand(events: list[Event], at_least: int, seconds: int) -> list[tuple[int, int, int]]:
    """Return each burst's group, the second at which it reached the threshold, and highest count."""
    found: list[tuple[int, int, int]] = []
    for group in {event[1] for event in events}:
        last: int | None = None
        own = sorted(event for event in events if event[1] == group)
        for at in sorted({event[0] for event in own}):
            within = [event for event in own if at - seconds < event[0] <= at]
            count = len({event[3] for event in within})
            if count >= at_least:
                if last is not None and at - last <= seconds:
                    began, highest = found.pop()[1:]
                    found.append((group, began, max(highest, count)))
                else:
                    found.append((group, at, count))
                last = at
    return sorted(found)


_EVENTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1), st.integers(0, 2), st.integers(0, 40)), max_size=12)
_DATABASE = duckdb.connect()


@settings(max_examples=50)  # each asks DuckDB
@given(events=_EVENTS, at_least=st.integers(1, 4), seconds=st.integers(1, 10))
def test_bursts_are_those_that_are_counted_by_hand(events: list[Event], at_least: int, seconds: int) -> None:
    _DATABASE.execute("CREATE OR REPLACE TABLE found (rule VARCHAR, record JSON)")
    records = [
        {
            "eventTime": (_START + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventID": str(number),
            "userIdentity": {"arn": str(group)},
            "eventName": str(value),
        }
        for at, group, value, number in events
    ]
    _DATABASE.execute(
        "INSERT INTO found SELECT rule, record FROM unnest(?::VARCHAR[]) _(record), (VALUES ('0'), ('1')) _(rule)",
        [[json.dumps(record) for record in records]],
    )
    count = Count(at_least, seconds, ("userIdentity.arn",))
    rows = _DATABASE.execute(bursts("0", count)).fetchall()
    found = sorted(
        (int(group), int((datetime.fromisoformat(json.loads(record)["eventTime"]) - _START).total_seconds()), highest)
        for _, record, highest, [group] in rows
    )
    assert found == by_hand(events, at_least, seconds)
