"""`deadfall hunt --athena`, against botocore's models of Athena's requests and responses."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from deadfall.hunt import athena
from deadfall.hunt.span import Span
from tests.hunt.conftest import Hunt, RuleFile
from tests.hunt.made import record, user
from tests.rules.sigma.made import rule_of

RECORD = record("cloudtrail", "StopLogging", user("mallory"))


@pytest.fixture(scope="module")
def client() -> Any:
    return boto3.client(
        "athena", region_name="eu-west-1", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="example"
    )


@pytest.fixture
def stubber(monkeypatch: pytest.MonkeyPatch, client: Any) -> Iterator[Stubber]:
    monkeypatch.setattr(athena.boto3, "client", lambda service: client)
    monkeypatch.setattr(athena, "_POLL_SECONDS", 0)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def start(stubber: Stubber) -> None:
    asked = {"QueryString": ANY, "QueryExecutionContext": {"Database": "audit"}, "WorkGroup": "primary"}
    stubber.add_response("start_query_execution", {"QueryExecutionId": "q"}, asked)


def state(stubber: Stubber, name: str, scanned: int = 0, why: str = "") -> None:
    execution = {
        "Status": {"State": name, **({"StateChangeReason": why} if why else {})},
        "Statistics": {"DataScannedInBytes": scanned},
    }
    stubber.add_response("get_query_execution", {"QueryExecution": execution}, {"QueryExecutionId": "q"})


def row(*values: str) -> dict[str, Any]:
    return {"Data": [{"VarCharValue": value} for value in values]}


def test_results_are_paged_and_what_it_cost_is_said(stubber: Stubber, hunt: Hunt, rule_file: RuleFile) -> None:
    start(stubber)
    state(stubber, "QUEUED")
    state(stubber, "RUNNING", 10**9)
    state(stubber, "SUCCEEDED", 2 * 10**12)
    hit = row("0", json.dumps(RECORD))
    pages = [{"Rows": [row("rule", "record"), hit]}, {"Rows": [hit]}]
    stubber.add_response("get_query_results", {"ResultSet": pages[0], "NextToken": "more"}, {"QueryExecutionId": "q"})
    stubber.add_response("get_query_results", {"ResultSet": pages[1]}, {"QueryExecutionId": "q", "NextToken": "more"})
    rule = rule_file("eventName: StopLogging")
    result = hunt("--athena", "primary", "--database", "audit", "--rule", rule, "--would-contain")
    assert [(hit["rule"], hit["outcome"]) for hit in json.loads(result.stdout)["hits"]] == [
        ("some_rule", "contained")
    ] * 2
    assert "Athena scanned 2.0 TB: $10.0000 (at $5.00 per TB, the list price " in result.stderr
    assert result.exit_code == 0


def test_a_query_that_failed_says_why(stubber: Stubber, hunt: Hunt, rule_file: RuleFile) -> None:
    start(stubber)
    state(stubber, "FAILED", why="TABLE_NOT_FOUND: line 1:42")
    result = hunt("--athena", "primary", "--database", "audit", "--rule", rule_file("eventName: StopLogging"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: Athena: the query failed: TABLE_NOT_FOUND: line 1:42" in result.stderr


def test_a_refusal_names_the_permissions(stubber: Stubber, hunt: Hunt, rule_file: RuleFile) -> None:
    stubber.add_client_error("start_query_execution", "AccessDeniedException", "not allowed")
    result = hunt("--athena", "primary", "--database", "audit", "--rule", rule_file("eventName: StopLogging"))
    assert result.exit_code == 1
    assert "access denied (AccessDeniedException: not allowed); this needs athena:StartQueryExecution" in result.stderr


def test_a_rule_that_the_table_can_not_answer_is_refused(hunt: Hunt, rule_file: RuleFile) -> None:
    result = hunt("--athena", "primary", "--rule", rule_file("userIdentity.credentialId: x"))
    assert result.exit_code == 1
    assert "error: some_rule: SQL for athena: " in result.stderr


def test_days_prune_partitions_and_records() -> None:
    sql = athena.query([rule_of("eventName: StopLogging")], "logs", Span(date(2026, 1, 30), date(2026, 1, 31)))
    for asked in (
        "\"timestamp\" >= '2026/01/30'",
        "\"timestamp\" <= '2026/02/01'",
        "\"eventtime\" >= '2026-01-30'",
        "\"eventtime\" < '2026-02-01'",
    ):
        assert asked in sql
    assert "WHERE" not in athena.query([rule_of("eventName: StopLogging")], "logs", Span())


@pytest.mark.parametrize(("scanned", "dollars"), [(0, 0.00005), (10_000_001, 0.000055), (10**12, 5.0)])
def test_athena_charges_for_ten_megabytes_at_least(scanned: int, dollars: float) -> None:
    assert athena.Answer(iter(()), scanned).dollars == pytest.approx(dollars)
