"""Queries to keep in an account for people who hunt: one per detection, for Athena and for CloudWatch Logs Insights.

Whoever may list saved queries reads them. So none is kept of a detection that names a decoy; `deadfall hunt` asks for
those without leaving them behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp, parse_one

from deadfall.config import StackConfig
from deadfall.patterns.condition import And, Condition, Keyword, Not, Or, Regex, Test, Text, folded

from .detection import StackDetection
from .sigma.back_end import NotExpressibleError
from .sigma.logs_insights import insights_query
from .sigma.rule import Rule
from .sigma.sql.athena_table import AthenaTable
from .sigma.sql.query import query

DAYS = 7
"""How far back a query looks on Athena until somebody edits it: Athena charges for what is read."""

# The table's partition by day is text (sql/hive_table.py).
_RECENT = f"\"timestamp\" >= DATE_FORMAT(CURRENT_DATE - INTERVAL '{DAYS}' DAY, '%Y/%m/%d')"


@dataclass(frozen=True)
class SavedQuery:
    """`id` is the detection's. None stands for what can't be said exactly there."""

    id: str
    athena: str | None
    logs_insights: str | None


def saved_queries(detections: Sequence[StackDetection], config: StackConfig, table: str) -> list[SavedQuery]:
    """The queries for all detections of a stack that name no decoy."""
    return [
        SavedQuery(each.id, _athena(each.rule, table), _logs_insights(each.rule))
        for each in detections
        if not _names_decoy(each, config)
    ]


def _athena(rule: Rule, table: str) -> str | None:
    recent = exp.select("*").from_(table).where(parse_one(_RECENT, dialect=AthenaTable.dialect))
    try:
        found = query(rule, AthenaTable("recent"))
    except NotExpressibleError:
        return None
    return found.with_("recent", as_=recent).sql(AthenaTable.dialect, pretty=True)


def _logs_insights(rule: Rule) -> str | None:
    try:
        return insights_query(rule)
    except NotExpressibleError:
        return None


def _names_decoy(detection: StackDetection, config: StackConfig) -> bool:
    names = [folded(decoy.decoy_name) for decoy in config.decoys]
    texts = [folded(text) for text in _texts(detection.rule.condition)]
    return detection.decoy is not None or any(name in text for name in names for text in texts)


def _texts(condition: Condition) -> Iterator[str]:
    """What a condition looks for, as it stands in queries."""
    match condition:
        case Not(of):
            yield from _texts(of)
        case And(of) | Or(of):
            for each in of:
                yield from _texts(each)
        case Test(_, Text(parts)) | Keyword(Text(parts)):
            yield "".join(part.text for part in parts)
        case Test(_, Regex(pattern)):
            yield pattern.replace("\\", "")
        case _:
            pass
