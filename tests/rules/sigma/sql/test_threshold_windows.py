"""Rules with a count: SQL finds the records at which enough came together, in both tables."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deadfall.patterns.condition import Test, Text, values
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.rule import Count, Rule
from deadfall.rules.sigma.sql.archive_table import ArchiveTable, define_functions
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import hits, query

from ..made import rule_with
from . import trino_in_duckdb

START = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
DENIED = rule_with(Test("errorCode", Text.literal("AccessDenied")))
COUNTS = [
    Count(3, 10),
    Count(2, 5, ("sourceIPAddress", "userIdentity.arn")),
    Count(2, 10, ("sourceIPAddress",)),
]
RULES = [replace(DENIED, name=f"count {number}", count=count) for number, count in enumerate(COUNTS)]
IN_ARCHIVE = hits([*RULES, DENIED], ArchiveTable()).sql("duckdb")
IN_ATHENA = hits([*RULES, DENIED], AthenaTable()).sql("athena")


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield define_functions(connection)


def record(second: int, number: int, **more: Any) -> dict[str, Any]:
    time = (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"eventTime": time, "eventID": f"id {number}", "errorCode": "AccessDenied", **more}


@st.composite
def archives(draw: st.DrawFn) -> list[dict[str, Any]]:
    some = st.sampled_from([{}, {"sourceIPAddress": None}, {"sourceIPAddress": "a"}, {"sourceIPAddress": "b"}])
    others = st.sampled_from([{}, {"eventName": "x"}, {"eventName": "y"}, {"userIdentity": {"arn": "u"}}])
    records = [
        record(second, number, **draw(some), **draw(others))
        for number, second in enumerate(draw(st.lists(st.integers(0, 25), max_size=12)))
    ]
    twice = draw(st.lists(st.sampled_from(records), max_size=3)) if records else []
    return [*records, *twice, {**record(1, 99), "errorCode": "Other"}, {**record(1, 98), "eventTime": "never"}]


def expected(rule: Rule, records: list[dict[str, Any]]) -> Counter[str]:
    """The eventIDs of the hits, each as often as it is in the archive."""
    count = rule.count
    assert count
    matching = [each for each in records if rule.condition.matches(each) and each["eventTime"] != "never"]
    found: Counter[str] = Counter()
    for last in matching:
        window = [each for each in matching if _group(count, each) == _group(count, last) and _age(each, last) >= 0]
        window = [each for each in window if _age(each, last) < count.seconds]
        counted = {each.get("eventID") for each in window} - {None}
        found[last["eventID"]] += len(counted) >= count.at_least
    return +found


def _age(each: dict[str, Any], last: dict[str, Any]) -> float:
    return (datetime.fromisoformat(last["eventTime"]) - datetime.fromisoformat(each["eventTime"])).total_seconds()


def _group(count: Count, each: dict[str, Any]) -> list[Any]:
    return [next(values(each, field), None) for field in count.group_by]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(records=[record(second, second) for second in (0, 5, 10, 14)])
@given(records=archives())
def test_both_tables_count_as_the_responder_does(
    database: duckdb.DuckDBPyConnection, records: list[dict[str, Any]]
) -> None:
    database.execute(
        "CREATE OR REPLACE TEMP TABLE records AS SELECT unnest(?)::JSON AS record",
        [[json.dumps(each) for each in records]],
    )
    trino_in_duckdb.load(database, records)
    rules = [*RULES, DENIED]
    in_archive = database.execute(IN_ARCHIVE).fetchall()
    in_athena = trino_in_duckdb.rows(database, IN_ATHENA)
    for rows in (in_archive, in_athena):
        found = {
            rule.name: Counter(json.loads(text)["eventID"] for name, text in rows if name == rule.name)
            for rule in rules
        }
        for rule in RULES:
            assert found[rule.name] == expected(rule, records), rule.name
        assert found[DENIED.name] == Counter(each["eventID"] for each in records if DENIED.condition.matches(each))


def test_the_record_of_athena_is_cloudtrails(database: duckdb.DuckDBPyConnection) -> None:
    more = {
        "requestParameters": {"a": [1, None]},
        "userIdentity": {"type": "Root", "sessionContext": {"attributes": {"mfaAuthenticated": "true"}}},
        "resources": [{"ARN": "arn:aws:s3:::b"}],
        "readOnly": False,
    }
    whole = record(1, 1, **more)
    trino_in_duckdb.load(database, [{**whole, "errorMessage": None}])
    ((name, text),) = trino_in_duckdb.rows(database, hits([DENIED], AthenaTable()).sql("athena"))
    assert (name, json.loads(text)) == (DENIED.name, whole)


def test_a_field_that_athena_has_not() -> None:
    rule = replace(DENIED, count=Count(2, 60, ("userIdentity.credentialId",)))
    query(rule, ArchiveTable())
    with pytest.raises(
        NotExpressibleError, match=r"some_rule: SQL for athena: userIdentity.credentialId: the table has no"
    ):
        query(rule, AthenaTable())
