"""Evaluate compiled rules on events with each back end.

Where a back end matches more than the rule, an event matches if the rule does too, as the responder decides.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from deadfall.patterns.condition import Condition
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern

from .compiler import CompiledRule
from .sigma.back_end import NotExpressibleError, Path
from .sigma.sql.archive_table import ArchiveTable, define_functions
from .sigma.sql.query import where

Record = Mapping[str, Any]


def evaluate_event_patterns(compiled: CompiledRule, events: Sequence[Record]) -> list[bool] | None:
    """Return for each whole event whether a pattern of the rule matches; None if the rule has no event pattern."""
    patterns = [EventPattern(pattern) for pattern in compiled.event_patterns]
    if not patterns:
        return None
    answers = [any(pattern.matches(event) for pattern in patterns) for event in events]
    return _confirmed(compiled, "E", answers, [event["detail"] for event in events])


def evaluate_metric_filters(compiled: CompiledRule, records: Sequence[Record]) -> list[bool] | None:
    """Return for each record whether a filter of the rule matches; None if the rule has no metric filter."""
    filters = [FilterPattern(text) for text in compiled.filter_patterns]
    if not filters:
        return None
    return _confirmed(compiled, "L", [any(each.matches(record) for each in filters) for record in records], records)


def _confirmed(compiled: CompiledRule, path: Path, answers: list[bool], records: Sequence[Record]) -> list[bool]:
    if path not in compiled.supersets:
        return answers
    condition = compiled.rule.condition
    return [answer and condition.matches(record) for answer, record in zip(answers, records, strict=True)]


def evaluate_sql(conditions: Sequence[Condition], records: Sequence[Record]) -> list[list[bool] | None]:
    """Return for each condition which records match, in one query as in a hunt; None if SQL can't express it."""
    expressible = [number for number, condition in enumerate(conditions) if _expressible(condition)]
    texts = [json.dumps(record) for record in records]
    with define_functions(duckdb.connect()) as connection:
        connection.execute("CREATE TEMP TABLE records AS SELECT unnest(?)::JSON AS record", [texts])
        select = ArchiveTable().select_matches([conditions[number] for number in expressible])
        matches = set(connection.execute(select.sql("duckdb")).fetchall()) if expressible else set()
    answers: list[list[bool] | None] = [None] * len(conditions)
    for place, number in enumerate(expressible):
        answers[number] = [(place, text) in matches for text in texts]
    return answers


def _expressible(condition: Condition) -> bool:
    try:
        where(condition, ArchiveTable())
        return True
    except NotExpressibleError:
        return False
