"""What each back end answers about events: whether a rule, in the form in which that back end has it, matches."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from sqlglot import exp

from .compiled import Compiled
from .event_pattern import EventPattern
from .filter_pattern import FilterPattern
from .sigma.back_end import NotExpressibleError
from .sigma.condition import Condition
from .sigma.sql.archive_table import ArchiveTable, define_functions
from .sigma.sql.query import Table, where

Record = Mapping[str, Any]


def by_event_bridge(compiled: Compiled, events: Sequence[Record]) -> list[bool] | None:
    """For each whole event, whether a pattern of the rule matches; None where event patterns can't say the rule."""
    patterns = [EventPattern(pattern) for pattern in compiled.event_patterns]
    return [any(pattern.matches(event) for pattern in patterns) for event in events] if patterns else None


def by_metric_filter(compiled: Compiled, records: Sequence[Record]) -> list[bool] | None:
    """For each record, whether a filter of the rule matches; None where metric filters can't say the rule."""
    filters = [FilterPattern(text) for text in compiled.filter_patterns]
    return [any(each.matches(record) for each in filters) for record in records] if filters else None


def by_duckdb(conditions: Sequence[Condition], records: Sequence[Record]) -> list[list[bool] | None]:
    """For each condition its answer to each record, all in one query; None where SQL can't say the condition."""
    connection = define_functions(duckdb.connect())
    connection.execute(
        "CREATE TEMP TABLE records AS SELECT unnest(range(?)) AS number, unnest(?)::JSON AS record",
        [len(records), [json.dumps(record) for record in records]],
    )
    asked = columns(conditions, ArchiveTable())
    select = exp.select("number", *(column for column in asked if column)).from_("records").order_by("number")
    rows = connection.execute(select.sql("duckdb")).fetchall()
    answered = iter(list(zip(*rows, strict=True))[1:] if rows else [()] * len(asked))
    return [list(next(answered)) if column else None for column in asked]


def columns(conditions: Sequence[Condition], table: Table) -> list[exp.Expr | None]:
    """Each condition as a column that is true or false for each row; None where the table can't say it."""
    return [_column(condition, table) for condition in conditions]


def _column(condition: Condition, table: Table) -> exp.Expr | None:
    try:
        return exp.Coalesce(this=where(condition, table), expressions=[exp.false()])
    except NotExpressibleError:
        return None
