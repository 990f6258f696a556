"""What SQL a rule becomes, and what is refused."""

import string
from dataclasses import replace

import duckdb
import pytest
import sqlglot

from deadfall.patterns.condition import Number, Test, Text
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.sql.archive_table import ArchiveTable
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import query

from ..made import rule_of, rule_with


def in_archive(detection: str) -> str:
    return query(rule_of(detection), ArchiveTable()).sql("duckdb")


def in_athena(detection: str) -> str:
    return query(rule_of(detection), AthenaTable()).sql("athena")


def plain(sql: str) -> str:
    """With the words of ArchiveTable for the letters' case."""
    letters = f", '{string.ascii_uppercase}', '{string.ascii_lowercase}')"
    return sql.replace("TRANSLATE(", "FOLD(").replace(letters, ")")


def test_archive() -> None:
    assert in_archive("eventName: StopLogging\nuserIdentity.type: [Root, IAMUser]") == (
        "SELECT * FROM records WHERE "
        "LIST_BOOL_OR(LIST_TRANSFORM(VALUES_AT(record, ['/eventName']), "
        "LAMBDA v1 : FOLD(TEXT(v1)) = 'stoplogging')) AND "
        "LIST_BOOL_OR(LIST_TRANSFORM(VALUES_AT(record, ['/userIdentity', '/type']), "
        "LAMBDA v2 : FOLD(TEXT(v2)) IN ('root', 'iamuser')))"
    )


ATHENA = {
    "eventName: StopLogging": "FOLD(eventname) = 'stoplogging'",
    "eventName|cased: StopLogging": "eventname = 'StopLogging'",
    "eventName: [StopLogging, DeleteTrail]": "FOLD(eventname) IN ('stoplogging', 'deletetrail')",
    "eventName: [StopLogging, 'Put*']": "FOLD(eventname) = 'stoplogging' OR FOLD(eventname) LIKE 'put%'",
    "eventName|endswith: '100%_!'": "FOLD(eventname) LIKE '%100!%!_!!' ESCAPE '!'",
    'userAgent: "it\'s \\\\back"': "FOLD(useragent) = 'it''s \\back'",
    "userIdentity.sessionContext.sessionIssuer.userName: a": (
        "FOLD(useridentity.sessioncontext.sessionissuer.username) = 'a'"
    ),
    "errorCode: null": "NOT COALESCE(NOT errorcode IS NULL, FALSE)",
    "readOnly: false": "readonly = 'false'",
    "errorCode|exists: false": "NOT COALESCE(NOT errorcode IS NULL, FALSE)",
    "userIdentity.type|exists: true": "NOT useridentity.type IS NULL",
    "requestParameters.a\\.b|exists: true": (
        "NOT JSON_EXTRACT(requestparameters, '$[\"a.b\"]') IS NULL AND "
        "ANY_MATCH(COALESCE(TRY_CAST(JSON_EXTRACT(requestparameters, '$[\"a.b\"]') AS ARRAY(JSON)), "
        "ARRAY[JSON_EXTRACT(requestparameters, '$[\"a.b\"]')]), v1 -> TRUE)"
    ),
    "requestParameters|contains|cased: x": (
        "ANY_MATCH(FILTER(REGEXP_EXTRACT_ALL(requestparameters, "
        r"""'"[^"\\]*(?:\\.[^"\\]*)*"\s*:?|[^\s"{}\[\],:]+'), t -> NOT t LIKE '%:'), """
        "v1 -> JSON_EXTRACT_SCALAR(v1, '$') LIKE '%%x%%')"
    ),
    "resources.ARN: a": "ANY_MATCH(resources, v1 -> FOLD(v1.arn) = 'a')",
    "sourceIPAddress|cidr: 192.0.2.0/31": r"REGEXP_LIKE(sourceipaddress, '\A192\.0\.2\.(?:0|1)\z')",
    "userAgent|re: '^boto.$'": r"REGEXP_LIKE(useragent, '\Aboto[^\n]\n?\z')",
    "userAgent|fieldref: eventName": "FOLD(useragent) = FOLD(eventname)",
    "requestParameters.name: a": (
        "ANY_MATCH(COALESCE(TRY_CAST(JSON_EXTRACT(requestparameters, '$.name') AS ARRAY(JSON)), "
        "ARRAY[JSON_EXTRACT(requestparameters, '$.name')]), v1 -> FOLD(JSON_EXTRACT_SCALAR(v1, '$')) = 'a')"
    ),
    "requestParameters.x-y|gt: 3": (
        "ANY_MATCH(COALESCE(TRY_CAST(JSON_EXTRACT(requestparameters, '$[\"x-y\"]') AS ARRAY(JSON)), "
        "ARRAY[JSON_EXTRACT(requestparameters, '$[\"x-y\"]')]), v1 -> TRY_CAST(JSON_FORMAT(v1) AS DOUBLE) > 3)"
    ),
}


@pytest.mark.parametrize("detection", ATHENA)
def test_athena(detection: str) -> None:
    sql = in_athena(detection)
    assert plain(sql) == f"SELECT * FROM cloudtrail_logs WHERE {ATHENA[detection]}"  # noqa: S608
    for dialect in ("athena", "trino"):
        assert sqlglot.parse_one(sql, read=dialect).sql(dialect) == sql


def test_negation_holds_where_the_field_is_absent() -> None:
    detection = "selection:\n  eventName: a\nfilter:\n  errorCode: b\ncondition: selection and not filter"
    assert plain(in_athena(detection)) == (
        "SELECT * FROM cloudtrail_logs WHERE FOLD(eventname) = 'a' AND NOT COALESCE(FOLD(errorcode) = 'b', FALSE)"
    )


REFUSED = {
    "userAgent|re: '\\b'": "the regular expression of userAgent",
    "sharedField: a": "sharedField: the table has no such column",
    "eventName.inner: a": "eventName.inner: the table has no such column",
    "eventname: a": "eventname: the table has no such column",
    "userAgent|exists: true": "userAgent|exists: the table has NULL for both null and absent",
    "requestParameters|exists: true": "requestParameters|exists: the table has NULL",
    "keywords:\n- a\ncondition: keywords": "keywords: the table lacks some of CloudTrail's fields",
    "userIdentity|contains: a": "userIdentity: the table lacks some of its fields",
}


@pytest.mark.parametrize("detection", REFUSED)
def test_athena_refuses(detection: str) -> None:
    with pytest.raises(NotExpressibleError) as refusal:
        in_athena(detection)
    assert str(refusal.value).startswith(f"some_rule: SQL for athena: {REFUSED[detection]}")


def test_numbers_that_a_double_has_not_are_refused() -> None:
    query(rule_with(Test("a", Number(2**53 - 1))), ArchiveTable())
    for number in (2**53, -(2**53), float("inf"), float("nan")):
        with pytest.raises(NotExpressibleError, match="can't be compared exactly"):
            query(rule_with(Test("a", Number(number))), ArchiveTable())


def test_a_hostile_value_stays_a_value() -> None:
    """No quote, comment or escape ends the text; the table is still there."""
    for value in ("'; DROP TABLE records; --", "\\'; DROP TABLE records; --", "/*", "$$", "{{x}}", "?", "a\x00b"):
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE cloudtrail_logs (eventname VARCHAR, useragent VARCHAR)")
            connection.execute("INSERT INTO cloudtrail_logs VALUES (?, ?)", [value, value])
            found = query(rule_with(Test("eventName", Text.literal(value, cased=True))), AthenaTable()).sql("duckdb")
            assert connection.execute(found).fetchall() == [(value, value)]


def test_findings_are_refused() -> None:
    rule = replace(rule_with(Test("severity", Number(7))), service="guardduty")
    with pytest.raises(NotExpressibleError, match="some_rule: SQL for duckdb: the table has CloudTrail records, not"):
        query(rule, ArchiveTable())
