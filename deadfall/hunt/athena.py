"""The same rules on Athena, for archives beyond one machine.

Not verified on AWS: the queries are proven in DuckDB (athena_table.py), the calls against botocore's models.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from sqlglot import exp

from deadfall.rules.sigma.rule import Rule
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.query import hits

from .aws_error import explained
from .error import HuntError
from .span import Span

# Athena API reference, StartQueryExecution, QueryString.
_LONGEST_QUERY = 262_144
_PERMISSIONS = (
    "athena:StartQueryExecution, athena:GetQueryExecution and athena:GetQueryResults, and what they need of AWS Glue "
    "and of S3"
)
_POLL_SECONDS = 1.0

# Per query: what it scans is rounded up to a megabyte, and is 10 MB at least. Quoted by others (athena.guide, "Athena
# Basics: Pricing Model"; PyPI, athena-cost-guard, August 2026), not verified on AWS's own page.
_DOLLARS_PER_TERABYTE = 5.0
_MEGABYTE, _TERABYTE = 10**6, 10**12
_LEAST_MEGABYTES = 10
PRICE = "at $5.00 per TB, the list price of most Regions as of 2026; see aws.amazon.com/athena/pricing for yours"


@dataclass(frozen=True)
class Answer:
    """`found` are rules and records as JSON, fetched as they are asked for."""

    found: Iterator[tuple[str, str]]
    scanned: int

    @property
    def dollars(self) -> float:
        """What the query cost at the list price, without S3's and AWS Glue's requests."""
        megabytes = max(_LEAST_MEGABYTES, -(-self.scanned // _MEGABYTE))
        return megabytes * _MEGABYTE / _TERABYTE * _DOLLARS_PER_TERABYTE


@dataclass(frozen=True)
class Athena:
    """The documented table of CloudTrail's files, in one of the account's databases."""

    workgroup: str
    database: str
    table: str

    def ask(self, rules: Sequence[Rule], span: Span, tell: Callable[[str], None]) -> Answer:
        """Ask all rules at once, and wait. Of a rule that counts, all events are found.

        Raises:
            NotExpressibleError: the table can't answer a rule.
            HuntError: AWS says no, or the query failed.
        """
        sql = query(rules, self.table, span)
        try:
            client = boto3.client("athena")
            execution = client.start_query_execution(
                QueryString=sql, QueryExecutionContext={"Database": self.database}, WorkGroup=self.workgroup
            )["QueryExecutionId"]
            try:
                scanned = _wait(client, execution, tell)
            except KeyboardInterrupt:
                client.stop_query_execution(QueryExecutionId=execution)
                raise
        except (ClientError, BotoCoreError) as error:
            raise HuntError(f"Athena: {explained(error, _PERMISSIONS)}") from None
        return Answer(_rows(client, execution), scanned)


def query(rules: Sequence[Rule], table: str, span: Span) -> str:
    """The rules over the days of the span. The table is partitioned by the day of a file, as `timestamp`.

    Raises:
        NotExpressibleError: the table can't answer a rule.
        HuntError: the query is too long for Athena.
    """
    days = exp.select("*").from_(exp.to_table(table, dialect="athena"))
    # Of files by their folders, and of records by their times.
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
    if len(sql) > _LONGEST_QUERY:
        raise HuntError(f"the query has {len(sql):,} characters, and Athena takes {_LONGEST_QUERY:,}; ask fewer rules")
    return sql


def _folder(day: date | None) -> str | None:
    return day.strftime("%Y/%m/%d") if day else None


def _wait(client: Any, execution: str, tell: Callable[[str], None]) -> int:
    """Bytes that were scanned."""
    while True:
        found: Mapping[str, Any] = client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        state, scanned = found["Status"]["State"], found.get("Statistics", {}).get("DataScannedInBytes", 0)
        tell(f"Athena: {state.lower()}, {scanned / _MEGABYTE:,.0f} MB scanned")
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
            for row in rows[1:] if number == 0 else rows:  # the first one has the columns' names
                rule, record = (each.get("VarCharValue", "") for each in row["Data"])
                yield rule, record
    except (ClientError, BotoCoreError) as error:
        raise HuntError(f"Athena: {explained(error, _PERMISSIONS)}") from None
