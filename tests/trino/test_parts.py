"""The parts of `make trino` that need no Java: records, expectations, counts, and what is said without it."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from deadfall.patterns.condition import ANY, And, Not, Or, Part, Test, Text
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import hits
from tests.java import OracleUnavailable
from tests.rules.sigma.made import rule_with
from tests.rules.sigma.sql import trino_in_duckdb
from tests.trino.aimed import aimed
from tests.trino.comparison import Comparison, Counts
from tests.trino.conditions import random_conditions
from tests.trino.statements import as_stored, compare_rules
from tests.trino.trino import QueryRefused, Trino

STOPPED = Test("eventName", Text.literal("StopLogging"))
NOT_ROOT = Not(Test("userIdentity.type", Text.literal("Root")))
NAMED = Test("requestParameters.x.name", Text((Part("ab"), Part(wildcard=ANY))))


class Answers:
    """A Trino that gives these rows, or refuses."""

    def __init__(self, rows: list[list[Any]] | None) -> None:
        self._rows = rows

    def load(self, rows: Any) -> None:
        pass

    def rows(self, sql: str) -> list[list[Any]]:
        if self._rows is None:
            raise QueryRefused("no such function")
        return self._rows


def compared(rows: list[list[Any]] | None) -> Counts:
    with duckdb.connect() as database:
        comparison = Comparison(Answers(rows), database)  # type: ignore[arg-type]
        return compare_rules(comparison, [rule_with(STOPPED)], [{"eventName": "StopLogging"}, {"eventName": "x"}])


def test_agreement_is_counted() -> None:
    counts = compared([[0]])
    assert (counts.statements, counts.pairs, counts.matches, counts.failed) == (1, 2, 1, False)


@pytest.mark.parametrize("rows", [[], [[0], [1]], [[1]]])
def test_a_difference_of_trino_is_one_of_the_stand_in_too(rows: list[list[Any]]) -> None:
    counts = compared(rows)
    assert len(counts.disagreements) == len(counts.by_stand_in) == len({0} ^ {row[0] for row in rows})
    assert counts.failed


def test_a_refused_statement_fails() -> None:
    counts = compared(None)
    assert counts.refused and "no such function" in counts.refused[0]
    assert counts.failed


def test_the_stand_in_is_compared_where_trino_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trino_in_duckdb, "rows", lambda database, sql: [])
    counts = compared([[0]])
    assert not counts.disagreements
    assert len(counts.by_stand_in) == 1
    assert counts.failed


@pytest.mark.parametrize("condition", [STOPPED, NAMED, And((STOPPED, NOT_ROOT, NAMED)), Or((NAMED, STOPPED))])
def test_made_records_match_and_miss(condition: Any) -> None:
    random = Random(1)  # noqa: S311
    outcomes = Counter(condition.matches(aimed(condition, random)) for _ in range(200))
    assert min(outcomes[True], outcomes[False]) > 20


def test_made_records_fit_the_table() -> None:
    random = Random(1)  # noqa: S311
    with duckdb.connect() as database:
        records = [aimed(condition, random) for condition in random_conditions(50, 1) for _ in range(5)]
        trino_in_duckdb.load(database, records)
        assert trino_in_duckdb.rows(database, "SELECT count(*) FROM cloudtrail_logs") == [(len(records),)]


def test_the_same_seed_makes_the_same_conditions() -> None:
    assert random_conditions(10, 1) == random_conditions(10, 1) != random_conditions(10, 2)


def test_the_stored_record_has_what_the_columns_hold() -> None:
    record = {"readOnly": False, "userIdentity": {"type": None, "new": 1}, "requestParameters": {"a": [None]}, "new": 1}
    assert as_stored(record) == {"readOnly": False, "userIdentity": {}, "requestParameters": {"a": [None]}}


def test_a_statement_of_many_rules_is_one_that_trino_compiles() -> None:
    """Trino compiled neither 60 conditions in one method nor an array of 85 to 100, or of over 254, numbers."""
    rules = [replace(rule_with(STOPPED), name=f"rule {number}") for number in range(300)]
    query = hits(rules, AthenaTable())
    tested = [column for column in query.find_all(exp.Column) if column.name == "eventname" and in_a(column, exp.Case)]
    assert len([column for column in tested if in_a(column, exp.Lambda)]) == len(rules)
    assert max(len(array.expressions) for array in query.find_all(exp.Array)) <= 50
    with duckdb.connect() as database:
        trino_in_duckdb.load(database, [{"eventName": "StopLogging"}, {"eventName": "x"}])
        found = trino_in_duckdb.rows(database, query.sql("athena"))
    assert sorted(name for name, _ in found) == sorted(rule.name for rule in rules)


def in_a(column: exp.Column, kind: type[exp.Expr]) -> bool:
    return column.find_ancestor(kind) is not None


def test_without_java_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OracleUnavailable) as unavailable:
        Trino()
    assert str(unavailable.value) == (
        "The oracle is Trino, Athena's engine, which is Java: put java and mvn on PATH (JDK 17 or newer)."
    )
