"""Run the same rules on Athena, for archives too large for one machine.

Not verified on AWS (docs/aws-facts.md, athena-cloudtrail-table): the queries are tested in Trino, Athena's engine
(athena_table.py), the calls against botocore's models.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from sqlglot import exp

from deadfall.patterns.aws_limits import MAX_ATHENA_QUERY_CHARACTERS
from deadfall.rules.sigma.rule import Rule
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import hits

from .aws_error import explain
from .error import HuntError
from .span import Span

_PERMISSIONS = (
    "athena:StartQueryExecution, athena:GetQueryExecution and athena:GetQueryResults, and their "
    "permissions on AWS Glue and S3"
)
_POLL_SECONDS = 1.0

# Athena bills each query's scanned bytes rounded up to a megabyte, at least 10 MB (docs/aws-facts.md,
# athena-query-limits).
_DOLLARS_PER_TERABYTE = 5.0
_MEGABYTE, _TERABYTE = 10**6, 10**12
_LEAST_MEGABYTES = 10
PRICE = "at $5.00 per TB, the list price of most Regions as of 2026; see aws.amazon.com/athena/pricing for yours"


@dataclass(frozen=True)
class Answer:
    """A query's result. `found` yields rule and record (JSON) pairs, fetched lazily; `scanned` is in bytes."""

    found: Iterator[tuple[str, str]]
    scanned: int

    @property
    def dollars(self) -> float:
        """The query's cost at the list price, without S3 and AWS Glue requests."""
        megabytes = max(_LEAST_MEGABYTES, -(-self.scanned // _MEGABYTE))
        return megabytes * _MEGABYTE / _TERABYTE * _DOLLARS_PER_TERABYTE


@dataclass(frozen=True)
class Athena:
    """A table over CloudTrail's files, in a database of the account."""

    workgroup: str
    database: str
    table: str

    def run(self, rules: Sequence[Rule], span: Span, report: Callable[[str], None]) -> Answer:
        """Run all rules in one query and wait for it. Thresholds are not applied: every matching event is returned.

        Raises:
            NotExpressibleError: a rule can't be expressed on the table.
            HuntError: AWS denied a call, or the query failed.
        """
        sql = query(rules, self.table, span)
        try:
            client = boto3.client("athena")
            execution = client.start_query_execution(
                QueryString=sql, QueryExecutionContext={"Database": self.database}, WorkGroup=self.workgroup
            )["QueryExecutionId"]
            try:
                scanned = _wait(client, execution, report)
            except KeyboardInterrupt:
                client.stop_query_execution(QueryExecutionId=execution)
                raise
        except (ClientError, BotoCoreError) as error:
            raise HuntError(f"Athena: {explain(error, _PERMISSIONS)}") from None
        return Answer(_rows(client, execution), scanned)


def query(rules: Sequence[Rule], table: str, span: Span) -> str:
    """Return one SQL query of all rules over the span. The table's partition `timestamp` is the day of a file.

    Raises:
        NotExpressibleError: a rule can't be expressed on the table.
        HuntError: the query is too long for Athena.
    """
    days = exp.select("*").from_(exp.to_table(table, dialect="athena"))
    # Limit the files by partition, and the records by time.
    bounds: list[tuple[str, type[exp.Binary], str | None]] = [
        ("timestamp", exp.GTE, _folder(span.since)),
        ("timestamp", exp.LTE, _folder(span.last_folder)),
        ("eventtime", exp.GTE, span.first),
        ("eventtime", exp.LT, span.end),
    ]
    for column, compared, bound in bounds:
        if bound:
            days = days.where(compared(this=exp.column(column, quoted=True), expression=exp.Literal.string(bound)))
    alone = [replace(rule, count=None) for rule in rules]
    sql = hits(alone, AthenaTable("days")).with_("days", as_=days).sql(AthenaTable.dialect)
    if len(sql) > MAX_ATHENA_QUERY_CHARACTERS:
        raise HuntError(
            f"the query has {len(sql):,} characters, but Athena accepts {MAX_ATHENA_QUERY_CHARACTERS:,}; "
            "run fewer rules (--rule)"
        )
    return sql


def _folder(day: date | None) -> str | None:
    return day.strftime("%Y/%m/%d") if day else None


def _wait(client: Any, execution: str, report: Callable[[str], None]) -> int:
    """Wait for the query to end and return the bytes scanned."""
    while True:
        found: Mapping[str, Any] = client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        state, scanned = found["Status"]["State"], found.get("Statistics", {}).get("DataScannedInBytes", 0)
        report(f"Athena: {state.lower()}, {scanned / _MEGABYTE:,.0f} MB scanned")
        if state == "SUCCEEDED":
            return scanned
        if state in ("FAILED", "CANCELLED"):
            why = " ".join(found["Status"].get("StateChangeReason", "no reason given").split())
            raise HuntError(f"Athena: the query {state.lower()}: {why}")
        time.sleep(_POLL_SECONDS)


def _rows(client: Any, execution: str) -> Iterator[tuple[str, str]]:
    try:
        pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
        for number, page in enumerate(pages):
            rows = page["ResultSet"]["Rows"]
            for row in rows[1:] if number == 0 else rows:  # the first row has the column names
                rule, record = (each.get("VarCharValue", "") for each in row["Data"])
                yield rule, record
    except (ClientError, BotoCoreError) as error:
        raise HuntError(f"Athena: {explain(error, _PERMISSIONS)}") from None
