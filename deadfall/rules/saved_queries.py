"""Hunting queries to save in the account: one per detection, for Athena and for CloudWatch Logs Insights.

Anyone who can list saved queries can read them, so detections that name a decoy have none; `deadfall hunt` covers those
without storing a query.
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
"""Default range of an Athena query, which can be edited: Athena charges for the data that it scans."""

# The table's day partition is text (sql/hive_table.py).
_RECENT = f"\"timestamp\" >= DATE_FORMAT(CURRENT_DATE - INTERVAL '{DAYS}' DAY, '%Y/%m/%d')"


@dataclass(frozen=True)
class SavedQuery:
    """The queries of the detection `id`; None if a service can't express the rule exactly."""

    id: str
    athena: str | None
    logs_insights: str | None


def saved_queries(detections: Sequence[StackDetection], config: StackConfig, table: str) -> list[SavedQuery]:
    """Return the queries for all detections of a stack that name no decoy."""
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
    """Return the literal texts of a condition, as queries contain them."""
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
