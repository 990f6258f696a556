"""Clues are in every record for which a condition holds, however its JSON is written, and save parsing the others."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from deadfall.patterns.condition import ANY, ONE, And, Condition, Not, Or, Part, Test, Text
from deadfall.rules.sigma.sql.archive_table import ArchiveTable, define_functions
from deadfall.rules.sigma.sql.prefilter import clues, patterns
from deadfall.rules.sigma.sql.query import hits, query

from ..made import rule_with
from .json_writers import WRITERS


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield define_functions(connection)


def text(pattern: str, *, cased: bool = False) -> Text:
    wildcards: dict[str, Part] = {"*": Part(wildcard=ANY), "?": Part(wildcard=ONE)}
    pieces = pattern.replace("*", "\0*\0").replace("?", "\0?\0").split("\0")
    return Text(tuple(wildcards.get(piece, Part(piece)) for piece in pieces if piece), cased)


def asked(field: str, *patterns: str) -> Condition:
    return Or(tuple(Test(field, text(pattern)) for pattern in patterns))


STOPPED = Test("eventName", text("StopLogging"))
TRAIL = Test("eventSource", text("cloudtrail.amazonaws.com"))
CONDITIONS: list[Condition] = [
    STOPPED,
    asked("eventName", "Stop*", "*Trail", "De?ete*"),
    asked("requestParameters.name", "arn:aws:x/y*", "a\"b*c d", "*x/y", "k\\s", "(1+1)=2", "(1+1)=3*"),
    asked("requestParameters.a b.name", "inner", "*é*inner*"),
    And((TRAIL, Not(STOPPED), asked("eventName", "StopLogging", "DeleteTrail"))),
    And((Not(STOPPED), asked("userIdentity.type", "Root"))),
    Or((STOPPED, asked("errorMessage", "*not authorized*"))),
]  # fmt: skip
VALUES: list[Any] = [
    *("StopLogging", "stoplogging", "STOPLOGGING", "StopLogging2", "xStopLogging", "ſtoplogging", "StopLogging "),
    *("DeleteTrail", "Delete", 'quoted "Trail', "back\\Trail", "new\nTrail", "Stop", "arn:aws:X/Y/z", "arn:aws:x/y"),
    *(
        'a"B - c d',
        'a"b c d',
        "k\\S",
        "K\\s",
        "INNER",
        "é inner",
        "(1+1)=2",
        "(1+1)=3",
        "Root",
        "you are Not Authorized",
        "",
        "x",
    ),
    *(None, True, False, 0, 1.5, {"name": "inner"}, [{"name": "inner"}, "DeleteTrail"], [["StopLogging"]], [], {}),
]


@pytest.mark.parametrize("more", [[], [Not(STOPPED)]], ids=["with clues", "one without"])
def test_hits_are_what_matches(database: duckdb.DuckDBPyConnection, more: list[Condition]) -> None:
    fields = ["eventName", "requestParameters.name", "requestParameters.a b.name", "userIdentity.type", "errorMessage"]
    records = [record for field in fields for value in VALUES for record in _around(field, value)]
    table = [(record, writer(record)) for record in records for writer in WRITERS]
    database.execute("CREATE TABLE records AS SELECT unnest(?)::JSON AS record", [[written for _, written in table]])
    conditions = [*CONDITIONS, *more]
    assert [condition for condition in conditions if clues(condition) is None] == more
    rules = [replace(rule_with(condition), name=str(number)) for number, condition in enumerate(conditions)]
    found = database.execute(hits(rules, ArchiveTable()).sql("duckdb")).fetchall()
    for rule in rules:
        expected = {written for record, written in table if rule.condition.matches(record)}
        assert expected
        assert {record for name, record in found if name == rule.name} == expected, rule.condition


def _around(field: str, value: Any) -> Iterator[dict[str, Any]]:
    for wrapped in (value, [value, "other"]):
        first, *rest = field.split(".")
        for key in reversed(rest):
            wrapped = {key: wrapped}
        yield {first: wrapped}
        yield {"eventSource": "cloudtrail.amazonaws.com", first: wrapped}


# What JSON writes without quotes, or in more ways than one.
UNKNOWN = [*("true", "f*", "?rue", "1.5", "1*", "*e*", "é", "*", ""), '"', "\\"]


@pytest.mark.parametrize("pattern", UNKNOWN)
def test_no_clue(pattern: str) -> None:
    condition = asked("eventName", pattern)
    assert clues(condition) is None
    assert clues(Or((STOPPED, condition))) is None
    assert clues(And((STOPPED, condition))) == clues(STOPPED)
    assert clues(Not(STOPPED)) is None
    assert clues(Test('a.quoted"key', text("StopLogging"))) is None


def test_the_rarest_is_asked_for() -> None:
    decoy = asked("requestParameters.secretId", "prod/billing/postgres")
    root = asked("userIdentity.type", "Root")
    assert clues(And((root, TRAIL, STOPPED, decoy))) == clues(decoy)
    assert clues(And((root, TRAIL, STOPPED))) == clues(STOPPED)


def test_records_without_clues_are_not_parsed(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("CREATE TABLE records (record VARCHAR)")
    whole = json.dumps({"eventName": "StopLogging"})
    database.executemany("INSERT INTO records VALUES (?)", [[whole], ["no JSON"]])
    rule = rule_with(STOPPED)
    assert database.execute(hits([rule], ArchiveTable()).sql("duckdb")).fetchall() == [(rule.name, whole)]
    with pytest.raises(duckdb.Error, match="Malformed JSON"):
        database.execute(query(rule, ArchiveTable()).sql("duckdb"))


def test_many_clues_are_not_too_large_for_the_engine(database: duckdb.DuckDBPyConnection) -> None:
    """In one expression they would be, at some hundred thousand letters."""
    found = clues(Or(tuple(Test("eventName", text(f"{number:04}{'x' * 1000}")) for number in range(1100))))
    assert found
    expressions = patterns(found)
    assert max(map(len, expressions)) < 150_000
    record = json.dumps({"eventName": "1099" + "x" * 1000})
    asked = database.execute("SELECT regexp_matches(?, unnest(?))", [record, expressions])
    assert sum(answer for (answer,) in asked.fetchall()) == 1


def test_a_list_is_a_candidate_if_it_may_have_the_text(database: duckdb.DuckDBPyConnection) -> None:
    condition = asked("requestParameters.names", "/prod/api-token")
    may_match = ArchiveTable().may_match([condition, STOPPED]).sql("duckdb")
    records = {
        '{"names":["/prod/api-token"]}': True,
        '{"names":[["a"],{"b":"\\n]"},"/PROD/api-token"]}': True,
        '{"names":["a"],"eventName":"StopLogging"}': True,
        '{"names":["\\/prod\\/api-token"]}': True,
        '{"names":["a"],"name":"b"}': False,
        '{"name":["/prod/api-token"]}': False,
    }
    for record, answer in records.items():
        query = f"SELECT {may_match} FROM (SELECT ? AS record)"  # noqa: S608
        assert database.execute(query, [record]).fetchall() == [(answer,)]
