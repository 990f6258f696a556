"""Random conditions and records, from the strategies of `test_query_is_exact`."""

from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from deadfall.patterns.condition import Condition

from ..rules.sigma.sql.test_query_is_exact import COLUMN_FIELDS, PLAIN, cloudtrail_record, conditions
from ..rules.sigma.sql.test_threshold_windows import archives

Drawn = TypeVar("Drawn")


def random_conditions(count: int, number: int) -> list[Condition]:
    """Return at most `count` conditions on fields of the table, the same ones for the same seed."""
    return _drawn(conditions(COLUMN_FIELDS, PLAIN, columns=True), count, number)


def random_records(count: int, number: int) -> list[dict[str, Any]]:
    """Return at most `count` records, the same ones for the same seed."""
    return _drawn(cloudtrail_record, count, number)


def random_archives(count: int, number: int) -> list[list[dict[str, Any]]]:
    """Return at most `count` lists of records for rules with thresholds, the same ones for the same seed."""
    return _drawn(archives(), count, number)


def _drawn(strategy: SearchStrategy[Drawn], count: int, number: int) -> list[Drawn]:
    drawn: list[Drawn] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(strategy)
    def draw(value: Drawn) -> None:
        drawn.append(value)

    draw()
    return drawn
