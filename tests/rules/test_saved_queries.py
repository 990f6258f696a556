"""Saved queries: for which detections they exist, and that they reveal no decoys."""

import json
from functools import cache

import duckdb

from deadfall.config import StackConfig
from deadfall.field_types import TELLING
from deadfall.rules import catalog
from deadfall.rules.detection import StackDetection
from deadfall.rules.saved_queries import SavedQuery, saved_queries

from .sigma.sql import trino_in_duckdb
from .stack import shipped

# With characters that regular expressions and LIKE escape.
DECOYS = [
    {"kind": "secret", "name": "Prod/Billing_1.x+y"},
    {"kind": "accessKey", "userName": "Svc_Export.x"},
]


@cache
def deployed() -> tuple[StackConfig, list[StackDetection]]:
    config = shipped("dev", decoys=DECOYS)
    return config, catalog.detections(config)


@cache
def saved() -> list[SavedQuery]:
    config, detections = deployed()
    return saved_queries(detections, config, "cloudtrail_logs")


def test_no_saved_query_reveals_a_decoy():
    told = json.dumps([[query.id, query.athena, query.logs_insights] for query in saved()])
    plain = told.replace("\\", "").replace("!", "").lower()
    for name in ("billing_1.x+y", "svc_export.x"):
        assert name not in plain
    assert not TELLING.search(told)


def test_every_detection_that_names_no_decoy_has_one():
    _, detections = deployed()
    left_out = {each.rule.name for each in detections} - {
        each.rule.name for each in detections if each.id in {query.id for query in saved()}
    }
    about_decoys = {name for name in (each.rule.name for each in detections) if name.startswith("decoy_")}
    assert left_out == about_decoys != set()


def test_an_athena_query_reads_only_the_last_days():
    query = next(query.athena for query in saved() if query.id == "vpc-flow-logs-deleted")
    assert query is not None
    with duckdb.connect() as connection:
        trino_in_duckdb.load(connection, [{"eventSource": "ec2.amazonaws.com", "eventName": "DeleteFlowLogs"}] * 3)
        connection.execute("UPDATE cloudtrail_logs SET timestamp = strftime(current_date - 5 * number, '%Y/%m/%d')")
        assert trino_in_duckdb.answers(connection, query, 3) == [True, True, False]


def test_inexpressible_queries_are_omitted():
    by_id = {query.id: query for query in saved()}
    assert by_id["guardduty-finding"] == SavedQuery("guardduty-finding", None, None)
    assert by_id["own-alarms-silenced"].logs_insights is None
    assert by_id["own-alarms-silenced"].athena is not None
