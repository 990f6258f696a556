"""What SQL a rule becomes, what is refused, and how CloudTrail's files are read."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest
import sqlglot

from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.condition import Null, Number, Test, Text
from deadfall.rules.sigma.sql.archive_table import ArchiveTable, open_archive
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import query

from ..made import rule_of, rule_with


def in_archive(detection: str) -> str:
    return query(rule_of(detection), ArchiveTable()).sql("duckdb")


def in_athena(detection: str) -> str:
    return query(rule_of(detection), AthenaTable()).sql("athena")


def test_archive() -> None:
    assert in_archive("eventName: StopLogging\nuserIdentity.type: [Root, IAMUser]") == (
        "SELECT * FROM records WHERE "
        "LIST_BOOL_OR(LIST_TRANSFORM(ITEMS(JSON_EXTRACT(record, '/eventName')), "
        "LAMBDA v1 : FOLD(TEXT(v1)) = 'stoplogging')) AND "
        "LIST_BOOL_OR(LIST_TRANSFORM(ITEMS(JSON_EXTRACT(record, '/userIdentity')), "
        "LAMBDA v2 : LIST_BOOL_OR(LIST_TRANSFORM(ITEMS(JSON_EXTRACT(v2, '/type')), "
        "LAMBDA v3 : FOLD(TEXT(v3)) IN ('root', 'iamuser')))))"
    )


ATHENA = {
    "eventName: StopLogging": "LOWER(eventname) = 'stoplogging'",
    "eventName|cased: StopLogging": "eventname = 'StopLogging'",
    "eventName: [StopLogging, DeleteTrail]": "LOWER(eventname) IN ('stoplogging', 'deletetrail')",
    "eventName: [StopLogging, 'Put*']": "LOWER(eventname) = 'stoplogging' OR LOWER(eventname) LIKE 'put%'",
    "eventName|endswith: '100%_!'": "LOWER(eventname) LIKE '%100!%!_!!' ESCAPE '!'",
    'userAgent: "it\'s \\\\back"': "LOWER(useragent) = 'it''s \\back'",
    "userIdentity.sessionContext.sessionIssuer.userName: a": (
        "LOWER(useridentity.sessioncontext.sessionissuer.username) = 'a'"
    ),
    "errorCode: null": "NOT COALESCE(NOT errorcode IS NULL, FALSE)",
    "readOnly: false": "readonly = 'false'",
    "eventName: false": "FALSE",
    "resources.ARN: a": "ANY_MATCH(resources, v1 -> LOWER(v1.arn) = 'a')",
    "sourceIPAddress|cidr: 192.0.2.0/31": r"REGEXP_LIKE(sourceipaddress, '\A192\.0\.2\.(?:0|1)\z')",
    "userAgent|re: '^boto.$'": r"REGEXP_LIKE(useragent, '\Aboto[^\n]\n?\z')",
    "userAgent|fieldref: eventName": "LOWER(useragent) = LOWER(eventname)",
    "requestParameters.name: a": (
        "ANY_MATCH(COALESCE(TRY_CAST(JSON_EXTRACT(requestparameters, '$.name') AS ARRAY(JSON)), "
        "ARRAY[JSON_EXTRACT(requestparameters, '$.name')]), v1 -> LOWER(JSON_EXTRACT_SCALAR(v1, '$')) = 'a')"
    ),
    "requestParameters.x-y|gt: 3": (
        "ANY_MATCH(COALESCE(TRY_CAST(JSON_EXTRACT(requestparameters, '$[\"x-y\"]') AS ARRAY(JSON)), "
        "ARRAY[JSON_EXTRACT(requestparameters, '$[\"x-y\"]')]), v1 -> TRY_CAST(JSON_FORMAT(v1) AS DOUBLE) > 3)"
    ),
}


@pytest.mark.parametrize("detection", ATHENA)
def test_athena(detection: str) -> None:
    sql = in_athena(detection)
    assert sql == f"SELECT * FROM cloudtrail_logs WHERE {ATHENA[detection]}"  # noqa: S608
    for dialect in ("athena", "trino"):
        assert sqlglot.parse_one(sql, read=dialect).sql(dialect) == sql


def test_negation_holds_where_the_field_is_absent() -> None:
    detection = "selection:\n  eventName: a\nfilter:\n  errorCode: b\ncondition: selection and not filter"
    assert in_athena(detection) == (
        "SELECT * FROM cloudtrail_logs WHERE LOWER(eventname) = 'a' AND NOT COALESCE(LOWER(errorcode) = 'b', FALSE)"
    )


REFUSED = {
    "userAgent|re: '\\d'": "the regular expression of userAgent",
    "sharedField: a": "sharedField: the table has no such column",
    "eventName.inner: a": "eventName.inner: the table has no such column",
    "eventname: a": "eventname: the table has no such column",
    "errorCode|exists: true": "errorCode|exists: the table has NULL both for null and for absent",
    "requestParameters|exists: true": "requestParameters|exists: the table has NULL",
    "keywords:\n- a\ncondition: keywords": "keywords: the table can't be searched as a whole",
}


@pytest.mark.parametrize("detection", REFUSED)
def test_athena_refuses(detection: str) -> None:
    with pytest.raises(NotExpressibleError) as refusal:
        in_athena(detection)
    assert str(refusal.value).startswith(f"some_rule: SQL for athena: {REFUSED[detection]}")


def test_numbers_that_a_double_has_not_are_refused() -> None:
    query(rule_with(Test("a", Number(2**53))), ArchiveTable())
    for number in (2**53 + 1, -(2**53) - 1, float("inf"), float("nan")):
        with pytest.raises(NotExpressibleError, match="can't be compared exactly"):
            query(rule_with(Test("a", Number(number))), ArchiveTable())


def test_a_hostile_value_stays_a_value() -> None:
    """No quote, comment or escape ends the text; the table is still there."""
    for value in ("'; DROP TABLE records; --", "\\'; DROP TABLE records; --", "/*", "$$", "{{x}}", "?", "a\x00b"):
        connection = duckdb.connect()
        connection.execute("CREATE TABLE cloudtrail_logs (eventname VARCHAR, useragent VARCHAR)")
        connection.execute("INSERT INTO cloudtrail_logs VALUES (?, ?)", [value, value])
        found = query(rule_with(Test("eventName", Text.literal(value, cased=True))), AthenaTable()).sql("duckdb")
        assert connection.execute(found).fetchall() == [(value, value)]


def test_reading_files(tmp_path: Path) -> None:
    """Gzipped and plain files, a file without records, and a name that could end the text."""
    records = [{"eventName": "A", "n": 1}, {"eventName": "B"}, {"eventName": "C", "errorCode": None}]
    gzipped, plain, digest = tmp_path / "it's.json.gz", tmp_path / "b.json", tmp_path / "digest.json"
    gzipped.write_bytes(gzip.compress(json.dumps({"Records": records[:2]}).encode()))
    plain.write_text(json.dumps({"Records": records[2:]}, indent=1))
    digest.write_text(json.dumps({"awsAccountId": "1", "logFiles": []}))
    archive = open_archive([gzipped, plain, digest])
    assert [json.loads(row[0]) for row in archive.execute("SELECT record FROM records").fetchall()] == records
    sql = query(rule_with(Null("errorCode")), ArchiveTable()).sql("duckdb")
    assert len(archive.execute(sql).fetchall()) == 3
    assert len(archive.execute(in_archive("eventName: [a, c]")).fetchall()) == 2
