"""The back ends by the names that people use, and what each makes of a rule."""

from enum import StrEnum

from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.event_bridge.patterns import pattern_text, patterns
from deadfall.rules.sigma.metric_filter.patterns import filter_patterns
from deadfall.rules.sigma.rule import Rule
from deadfall.rules.sigma.sql.archive_table import ArchiveTable
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import query


class Target(StrEnum):
    EVENTBRIDGE = "eventbridge"
    METRIC_FILTER = "metric-filter"
    ATHENA = "athena"
    DUCKDB = "duckdb"


Outcome = list[str] | NotExpressibleError


def outcomes(rule: Rule) -> dict[Target, Outcome]:
    """What each back end makes of the rule, or why it can't."""
    return {target: _outcome(rule, target) for target in Target}


def _outcome(rule: Rule, target: Target) -> Outcome:
    try:
        return texts(rule, target)
    except NotExpressibleError as error:
        return error


def texts(rule: Rule, target: Target) -> list[str]:
    """The rule as the back end takes it; several texts where one would be over a limit.

    Raises:
        NotExpressibleError: the back end can't say what the rule asks.
    """
    match target:
        case Target.EVENTBRIDGE:
            return [pattern_text(pattern) for pattern in patterns(rule)]
        case Target.METRIC_FILTER:
            return filter_patterns(rule)
        case Target.ATHENA:
            return [query(rule, AthenaTable()).sql("athena", pretty=True)]
        case Target.DUCKDB:
            return [query(rule, ArchiveTable()).sql("duckdb", pretty=True)]
