"""The statements that Athena gets, each with the records that it must select."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from deadfall.cli.rules.importing import _files
from deadfall.config import StackConfig
from deadfall.hunt import athena
from deadfall.hunt.span import Span
from deadfall.patterns.condition import Condition
from deadfall.rules import catalog
from deadfall.rules.detection import StackDetection
from deadfall.rules.saved_queries import DAYS, saved_queries
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.parse import RuleError
from deadfall.rules.sigma.rule import Rule
from deadfall.rules.sigma.sql.athena_table import COLUMNS, AthenaTable
from deadfall.rules.sigma.sql.query import hits, query

from ..rules.sigma.made import rule_with
from ..rules.sigma.sql.athena_rows import row_of
from ..rules.sigma.sql.test_query_is_exact import unsettled
from ..rules.sigma.sql.test_threshold_windows import expected as reached
from .aimed import aimed
from .comparison import Comparison, Counts, Record


def rules_of(folders: Sequence[Path], config: StackConfig) -> tuple[list[Rule], list[str]]:
    """Return the rules on CloudTrail's records in folders of Sigma rules, and why files have none."""
    rules: list[Rule] = []
    unread: list[str] = []
    for file in _files(folders):
        try:
            rules += [rule for rule, _ in catalog.rules_in(file, config) if rule.service == "cloudtrail"]
        except RuleError as error:
            unread.append(str(error))
    return rules, unread


def expressible(rules: Sequence[Rule]) -> tuple[list[Rule], list[str]]:
    """Return the rules that Athena's SQL can express, and why not the others."""
    can: list[Rule] = []
    why: list[str] = []
    for rule in rules:
        try:
            query(rule, AthenaTable())
            can.append(rule)
        except NotExpressibleError as error:
            why.append(str(error))
    return can, why


def compare_rules(comparison: Comparison, rules: Sequence[Rule], records: Sequence[Record]) -> Counts:
    """Compare each rule's query, without its threshold, on the same records."""
    counts = Counts()
    comparison.load(records)
    for rule in rules:
        sql = query(replace(rule, count=None), AthenaTable()).sql(AthenaTable.dialect)
        comparison.selected(counts, rule.name, sql, _expected(rule.condition, records))
    return counts


def compare_conditions(comparison: Comparison, conditions: Sequence[Condition], records: Sequence[Record]) -> Counts:
    return compare_rules(comparison, [replace(rule_with(each), name=str(each)) for each in conditions], records)


def records_for(rules: Sequence[Rule], each: int, random: Random) -> list[Record]:
    """Return records made from each rule's own values (aimed.py)."""
    return [aimed(rule.condition, random) for rule in rules for _ in range(each)]


def compare_thresholds(comparison: Comparison, rules: Sequence[Rule], random: Random) -> Counts:
    """Compare each counting rule's query on bursts of its own records, some of them delivered twice."""
    counts = Counts()
    for rule in rules:
        if rule.count is None:
            continue
        records = _bursts(rule, random)
        comparison.load(records)
        sql = query(rule, AthenaTable()).sql(AthenaTable.dialect)
        comparison.returned(counts, rule.name, sql, _event_id, _events(rule, records))
    return counts


def compare_windows(comparison: Comparison, rules: Sequence[Rule], archives: Sequence[Sequence[Record]]) -> Counts:
    """Compare several thresholds, and rules without one, in one query on random archives."""
    counts = Counts()
    sql = hits(rules, AthenaTable()).sql(AthenaTable.dialect)
    for records in archives:
        comparison.load(records)
        must = Counter({(rule.name, event): times for rule in rules for event, times in _events(rule, records).items()})
        comparison.returned(counts, "thresholds", sql, lambda row: (row[0], _event_id(row)), must)
    return counts


def compare_saved_queries(
    comparison: Comparison, detections: Sequence[StackDetection], config: StackConfig, records: Sequence[Record]
) -> Counts:
    """Compare the saved queries on records of the last days, those within the queries' range and older ones."""
    while True:
        today = datetime.now(UTC).date()
        counts = _compare_saved_queries(comparison, detections, config, records, today)
        if datetime.now(UTC).date() == today:
            return counts  # both engines read the clock


def _compare_saved_queries(
    comparison: Comparison,
    detections: Sequence[StackDetection],
    config: StackConfig,
    records: Sequence[Record],
    today: date,
) -> Counts:
    counts = Counts()
    days = [today - timedelta(days=number % (2 * DAYS)) for number in range(len(records))]
    dated = [
        {**record, "eventTime": f"{day}T00:00:01Z", "eventID": str(number)}
        for number, (record, day) in enumerate(zip(records, days, strict=True))
    ]
    comparison.load(dated)
    recent = [day >= today - timedelta(days=DAYS) for day in days]
    rules = {each.id: each.rule for each in detections}
    for saved in saved_queries(detections, config, "cloudtrail_logs"):
        rule = rules[saved.id]
        if saved.athena is None:
            continue
        if rule.count:
            must = _events(rule, [record for record, is_recent in zip(dated, recent, strict=True) if is_recent])
            comparison.returned(counts, f"saved {saved.id}", saved.athena, _event_id, must)
        else:
            matches = _expected(rule.condition, dated)
            selected = [is_recent and match for is_recent, match in zip(recent, matches, strict=True)]
            comparison.selected(counts, f"saved {saved.id}", saved.athena, selected)
    return counts


_FIRST = date(2026, 2, 27)
SPANS = (
    Span(),
    Span(since=_FIRST + timedelta(days=2)),
    Span(until=_FIRST + timedelta(days=2)),
    Span(_FIRST + timedelta(days=1), _FIRST + timedelta(days=3)),
)


def compare_hunts(
    comparison: Comparison, rules: Sequence[Rule], records: Sequence[Record], spans: Sequence[Span] = SPANS
) -> Counts:
    """Compare a hunt with all rules over spans: the rules and the whole records that it returns."""
    counts = Counts()
    days = [_FIRST + timedelta(days=number % 6) for number in range(len(records))]
    dated = [
        {**record, "eventTime": f"{day}T23:59:59Z", "eventID": str(number)}
        for number, (record, day) in enumerate(zip(records, days, strict=True))
    ]
    comparison.load(dated)
    matching = {rule.name: _expected(rule.condition, dated) for rule in rules}
    for span in spans:
        within = [span.may_hold(f"/{day:%Y/%m/%d}/") and _in_time(span, day) for day in days]
        must = Counter(
            (name, _written(as_stored(record)))
            for name, matches in matching.items()
            for record, inside, match in zip(dated, within, matches, strict=True)
            if inside and match
        )
        sql = athena.query(rules, "cloudtrail_logs", span)
        comparison.returned(counts, f"hunt {span}", sql, lambda row: (row[0], _written(json.loads(row[1]))), must)
    return counts


def as_stored(record: Record) -> Record:
    """Return what the table's columns hold of a record, in CloudTrail's spelling."""
    row = row_of(record)
    return {
        name: _stored(row[name.lower()], column) for name, column in COLUMNS.items() if row[name.lower()] is not None
    }


def _stored(value: Any, column: Any) -> Any:
    if value is None:
        return None
    if isinstance(column, Mapping):
        fields = {name: _stored(value[name.lower()], inner) for name, inner in column.items()}
        return {name: inner for name, inner in fields.items() if inner is not None}
    if isinstance(column, list):
        return [_stored(item, column[0]) for item in value]
    return value if column == "text" else json.loads(value)


def _events(rule: Rule, records: Sequence[Record]) -> Counter[str]:
    """Return the eventIDs of the hits, each as often as it is in the archive."""
    if rule.count:
        return reached(rule, list(records))
    return Counter(record["eventID"] for record in records if rule.condition.matches(record))


def _event_id(row: Sequence[Any]) -> str:
    return json.loads(row[1])["eventID"]


def _written(record: Any) -> str:
    return json.dumps(record, sort_keys=True)


def _in_time(span: Span, day: date) -> bool:
    return (span.since is None or span.since <= day) and (span.until is None or day <= span.until)


def _expected(condition: Condition, records: Sequence[Record]) -> list[bool | None]:
    return [None if unsettled(condition, record) else condition.matches(record) for record in records]


def _bursts(rule: Rule, random: Random) -> list[Record]:
    """Return records that the rule counts, of few groups, so close together that some reach its threshold."""
    assert rule.count
    matching = [
        record for record in (aimed(rule.condition, random) for _ in range(400)) if rule.condition.matches(record)
    ]
    assert matching, f"{rule.name}: none of the records made from its condition matches"
    groups = [{}, {"sourceIPAddress": "a"}, {"sourceIPAddress": "b", "recipientAccountId": "1"}]
    people = ("arn:aws:iam::1:user/a", "arn:aws:iam::1:user/b", None)
    seconds, at_least = rule.count.seconds, rule.count.at_least
    gaps = (*(0, 1, seconds // at_least // 3) * 4, seconds - 1, seconds)
    time, records = datetime(2026, 2, 28, 23, 59, tzinfo=UTC), []
    for number in range(20 * at_least):
        time += timedelta(seconds=random.choice(gaps))
        record = {**random.choice(matching), **random.choice(groups)}
        record["userIdentity"] = {**(record.get("userIdentity") or {}), "arn": random.choice(people)}
        record |= {"eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}", "eventID": f"id {number}"}
        records += [record] * random.choice((1, 1, 1, 2))
    return records
