"""What each back end answers about events: whether a rule, in the form in which that back end has it, matches."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from deadfall.patterns.condition import Condition
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern

from .compiler import CompiledRule
from .sigma.back_end import NotExpressibleError
from .sigma.sql.archive_table import ArchiveTable, define_functions
from .sigma.sql.query import where

Record = Mapping[str, Any]


def by_event_bridge(compiled: CompiledRule, events: Sequence[Record]) -> list[bool] | None:
    """For each whole event, whether a pattern of the rule matches; None where event patterns can't say the rule."""
    patterns = [EventPattern(pattern) for pattern in compiled.event_patterns]
    return [any(pattern.matches(event) for pattern in patterns) for event in events] if patterns else None


def by_metric_filter(compiled: CompiledRule, records: Sequence[Record]) -> list[bool] | None:
    """For each record, whether a filter of the rule matches; None where metric filters can't say the rule."""
    filters = [FilterPattern(text) for text in compiled.filter_patterns]
    return [any(each.matches(record) for each in filters) for record in records] if filters else None


def by_duckdb(conditions: Sequence[Condition], records: Sequence[Record]) -> list[list[bool] | None]:
    """For each condition its answer to each record, all in one query, as a hunt asks; None where SQL can't say it."""
    sayable = [number for number, condition in enumerate(conditions) if _sayable(condition)]
    texts = [json.dumps(record) for record in records]
    with define_functions(duckdb.connect()) as connection:
        connection.execute("CREATE TEMP TABLE records AS SELECT unnest(?)::JSON AS record", [texts])
        asked = ArchiveTable().found([conditions[number] for number in sayable])
        found = set(connection.execute(asked.sql("duckdb")).fetchall()) if sayable else set()
    answers: list[list[bool] | None] = [None] * len(conditions)
    for place, number in enumerate(sayable):
        answers[number] = [(place, text) in found for text in texts]
    return answers


def _sayable(condition: Condition) -> bool:
    try:
        where(condition, ArchiveTable())
        return True
    except NotExpressibleError:
        return False
