"""Time parts mean the same in every back end, also negated, or are refused for the true cause."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.event_bridge.patterns import patterns
from deadfall.rules.sigma.metric_filter.patterns import filter_patterns
from deadfall.rules.sigma.sql.archive_table import define_functions
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import query

from .made import event_of, rule_of
from .sql import test_query_is_exact as archive
from .sql import trino_in_duckdb

HOLDS = {
    "hour: 3": lambda time: time.hour == 3,
    "hour|gte: 8": lambda time: time.hour >= 8,
    "hour|lt: 5": lambda time: time.hour < 5,
    "minute: 15": lambda time: time.minute == 15,
    "minute|gt: 50": lambda time: time.minute > 50,
    "day: 15": lambda time: time.day == 15,
    "day|lte: 7": lambda time: time.day <= 7,
    "month: 11": lambda time: time.month == 11,
    "month|gte: 10": lambda time: time.month >= 10,
    "year: 2026": lambda time: time.year == 2026,
}
# AWS limits the wildcards on one field.
TOO_MANY_FOR_EVENTBRIDGE = {("minute|gt: 50", True), ("hour|lt: 5", True)}


def records() -> list[dict[str, Any]]:
    start, chance = datetime(2025, 1, 1, tzinfo=UTC), random.Random(5)  # noqa: S311
    times = [start + timedelta(seconds=chance.randrange(2 * 365 * 86400)) for _ in range(400)]
    times += [start + timedelta(hours=hour, minutes=minute) for hour in range(24) for minute in (0, 15, 59)]
    return [
        {
            "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": "iam.amazonaws.com",
            "eventName": "CreateUser",
            "eventType": "AwsApiCall",
        }
        for time in times
    ]


@pytest.mark.parametrize("negated", [False, True])
@pytest.mark.parametrize("part", HOLDS)
def test_time_part_on_every_back_end(part: str, negated: bool) -> None:
    rule = rule_of(
        f"made:\n  eventName: CreateUser\nthen:\n  eventTime|{part}\n"
        f"condition: made and {'not ' if negated else ''}then"
    )
    found = records()
    expected = [bool(HOLDS[part](datetime.fromisoformat(record["eventTime"]))) is not negated for record in found]
    assert {*expected} == {True, False}
    assert [rule.condition.matches(record) for record in found] == expected
    filters = [FilterPattern(text) for text in filter_patterns(rule)]
    assert [any(each.matches(record) for each in filters) for record in found] == expected
    with duckdb.connect() as connection:
        define_functions(connection)
        archive.load(connection, found)
        assert archive.archive_answers(connection, rule.condition, found) == expected
        trino_in_duckdb.load(connection, found)
        sql = query(rule, AthenaTable()).sql("athena")
        assert trino_in_duckdb.answers(connection, sql, len(found)) == expected
    if (part, negated) in TOO_MANY_FOR_EVENTBRIDGE:
        with pytest.raises(NotExpressibleError, match="too complex: use fewer wildcards on this field"):
            patterns(rule)
        return
    compiled = [EventPattern(pattern) for pattern in patterns(rule)]
    assert [any(each.matches(event_of(record)) for each in compiled) for record in found] == expected
