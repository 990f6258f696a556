"""Every shipped rule meets its examples, and all back ends agree on it.

What a rule means is `condition.matches`; event pattern, metric filter, DuckDB's SQL and Athena's SQL have to agree with
it on every published record, on every example of every rule, and on mutations of these. Each rule is compiled once, and
all rules are one query of all records.
"""

import copy
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
import yaml

from deadfall.cli.rules.selection import select_rules
from deadfall.cli.rules.testing import Tried, try_all
from deadfall.config import StackConfig
from deadfall.patterns.condition import And
from deadfall.patterns.delivered_event import event_of
from deadfall.rules import catalog
from deadfall.rules.backend_evaluation import evaluate_event_patterns, evaluate_metric_filters, evaluate_sql
from deadfall.rules.detection import StackDetection
from deadfall.rules.examples import examples
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.canonical import canonical
from deadfall.rules.sigma.event_bridge.field_values import _ALWAYS_THERE
from deadfall.rules.sigma.record_fields import FIELDS, NEVER_NULL
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.rules.sigma.sql.prefilter import clues
from deadfall.rules.sigma.sql.query import query
from deadfall.stack_files import config_of

from ..conftest import ROOT
from .sigma.sql import trino_in_duckdb
from .stack import detections_of

TESTDATA = ROOT.parent / "shared" / "testdata"
FILES = catalog.files()
NAMES = [file.stem for file in FILES]
RUNBOOKS = ROOT / "docs" / "runbooks.md"

Record = dict[str, Any]


@cache
def config() -> StackConfig:
    """Return the config of the stack for which the examples are written."""
    return config_of("dev")


@cache
def tried() -> list[Tried]:
    return try_all(select_rules([], config()))


@cache
def detections() -> list[StackDetection]:
    """Return the rules on CloudTrail records."""
    return [each for each in detections_of("dev") if each.rule.service == "cloudtrail"]


@cache
def records_of_examples() -> list[Record]:
    return [
        dict(event["detail"])
        for file in FILES
        for example in examples(file)
        for event in example.events
        if event["source"] != "aws.guardduty"
    ]


def documents(file: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(file.read_text()))


# The examples


@pytest.mark.parametrize("name", NAMES)
def test_examples_hold_by_every_back_end(name: str) -> None:
    of_rule = [each for each in tried() if each.rule == name]
    assert {each.example.matches for each in of_rule} == {True, False}, (
        "at least one that matches, and one that doesn't"
    )
    assert {each.example.case: each.wrong for each in of_rule if each.wrong} == {}
    assert all(each.answers["reference"] is not None for each in of_rule)


def test_every_file_of_examples_has_a_rule() -> None:
    assert {file.stem for file in (catalog.DETECTIONS / "tests").glob("*.json")} == set(NAMES)


# The descriptive fields of rules


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_rules_have_the_fields_that_analysts_need(file: Path) -> None:
    last = documents(file)[-1]  # of a correlation, the correlation itself
    assert last["falsepositives"], "falsepositives"
    assert any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in last["tags"]), "a MITRE ATT&CK technique"
    assert any(re.fullmatch(r"attack\.[a-z]+(-[a-z]+)*", tag) for tag in last["tags"]), "a MITRE ATT&CK tactic"
    assert all(tag.startswith("attack.") for tag in last["tags"])
    assert last["description"].strip()


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_runbooks_exist(file: Path) -> None:
    runbook = documents(file)[-1]["deadfall"]["runbook"]
    page, _, anchor = runbook.partition("#")
    assert page == str(RUNBOOKS.relative_to(ROOT))
    assert anchor in anchors(RUNBOOKS.read_text())


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes from headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_ids_are_unique() -> None:
    ids = [document["id"] for file in FILES for document in documents(file)]
    assert all(UUID(each).version == 4 for each in ids)
    assert [each for each, times in Counter(ids).items() if times > 1] == []


# All back ends, on many records


@dataclass(frozen=True)
class Difference:
    rule: str
    by: str
    record: Record
    expected: bool


@dataclass
class Compared:
    """How often each back end was evaluated, which rules it can't express, and where it differed."""

    rules: int
    records: int
    matches: int
    pairs: Counter[str]
    gaps: Counter[str]
    differences: list[Difference]

    @property
    def first_difference(self) -> str:
        """Avoid pytest's comparison of thousands of records, which would take minutes."""
        first = self.differences[0]
        return f"{self}: {first.rule} by {first.by} must be {first.expected}: {json.dumps(first.record)}"

    def __str__(self) -> str:
        return (
            f"{self.rules} rules × {self.records} records, {self.matches} matches: "
            + ", ".join(f"{by} {self.pairs[by]} pairs ({self.gaps[by]} gaps)" for by in sorted(self.pairs))
            + f"; disagreements {len(self.differences)}"
        )


@cache
def compared() -> Mapping[str, Compared]:
    """Return the comparison for each kind of records; all kinds are evaluated together."""
    kinds = {
        "examples": records_of_examples(),
        "mutated": list(mutations(records_of_examples(), random.Random(5))),  # noqa: S311
    }
    if TESTDATA.is_dir():
        kinds["published"] = published_records()
    return compare(detections(), kinds)


def compare(asked: Sequence[StackDetection], kinds: Mapping[str, Sequence[Record]]) -> dict[str, Compared]:
    """Compare each back end's results with the reference for each record."""
    records = [record for each in kinds.values() for record in each]
    kind_of = [kind for kind, each in kinds.items() for _ in each]
    events = [event_of(record) for record in records]
    found = {kind: Compared(len(asked), len(each), 0, Counter(), Counter(), []) for kind, each in kinds.items()}
    by_sql = evaluate_sql([each.rule.condition for each in asked], records)
    in_athena = by_athena(asked, records)
    for each, sql, athena in zip(asked, by_sql, in_athena, strict=True):
        means = [each.rule.condition.matches(record) for record in records]
        # The filters of decoys' detections exclude the deploy role.
        narrowed = And((*catalog.log_path_conditions(each.decoy, config()), each.rule.condition))
        on_path_l = [matches and narrowed.matches(record) for record, matches in zip(records, means, strict=True)]
        for kind, matches in zip(kind_of, means, strict=True):
            found[kind].matches += matches
        answers = {
            "eventbridge": evaluate_event_patterns(each.compiled, events),
            "metric-filter": evaluate_metric_filters(each.compiled, records),
            "duckdb": sql,
            "athena": athena,
        }
        for by, answered in answers.items():
            for of_kind in found.values():
                of_kind.gaps[by] += answered is None
            if answered is None:
                continue
            expected = on_path_l if by == "metric-filter" else means
            for kind, record, answer, must in zip(kind_of, records, answered, expected, strict=True):
                found[kind].pairs[by] += 1
                if answer != must:
                    found[kind].differences.append(Difference(each.rule.name, by, record, must))
    return found


def by_athena(asked: Sequence[StackDetection], records: Sequence[Record]) -> list[list[bool] | None]:
    queries: dict[int, str] = {}
    for place, detection in enumerate(asked):
        try:
            queries[place] = query(replace(detection.rule, count=None), AthenaTable()).sql("athena")
        except NotExpressibleError:
            continue
    with duckdb.connect() as database:
        trino_in_duckdb.load(database, list(records))
        answered = trino_in_duckdb.answers_of_each(database, list(queries.values()), len(records))
    by_place = dict(zip(queries, answered, strict=True))
    return [by_place.get(place) for place in range(len(asked))]


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_back_ends_agree_on_published_records() -> None:
    found = compared()["published"]
    print(found)
    assert not found.differences, found.first_difference
    assert found.matches > 50


def test_back_ends_agree_on_all_examples() -> None:
    found = compared()["examples"]
    print(found)
    assert not found.differences, found.first_difference
    assert found.matches > len(detections())


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_patterns_agree_on_published_findings() -> None:
    found = [json.loads(line)["event"] for line in (TESTDATA / "guardduty_findings.jsonl").read_text().splitlines()]
    rules = [each for each in detections_of("dev") if each.rule.service == "guardduty"]
    assert rules
    for each in rules:
        means = [each.rule.condition.matches(event["detail"]) for event in found]
        assert evaluate_event_patterns(each.compiled, found) == means
        assert set(means) == {True, False}


def published_records() -> list[Record]:
    return [
        json.loads(line)["event"]
        for file in sorted((TESTDATA / "cloudtrail").glob("*.jsonl.gz"))
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]


# Mutated records


def test_back_ends_agree_on_mutated_records() -> None:
    found = compared()["mutated"]
    print(found)
    assert not found.differences, found.first_difference
    assert found.matches > 50


def mutations(records: Sequence[Record], chance: random.Random) -> Iterator[Record]:
    """Return each record three times, with up to three values changed in ways that CloudTrail permits."""
    for record in records:
        for _ in range(3):
            changed = copy.deepcopy(record)
            for path in chance.sample(paths(changed), k=min(3, len(paths(changed)))):
                mutate(changed, path, chance)
            yield changed


def paths(value: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the paths of all values of a record, including objects but not list elements."""
    if not isinstance(value, Mapping):
        return [before]
    inner = [path for key, each in value.items() for path in paths(each, (*before, key))]
    return [before, *inner] if before else inner


def mutate(record: Record, path: tuple[str, ...], chance: random.Random) -> None:
    """Change a value, preserving what CloudTrail guarantees: presence, kind and spelling."""
    field, top, parent = ".".join(path), path[0], record
    for key in path[:-1]:
        parent = parent.get(key)
        if not isinstance(parent, dict):
            return  # an earlier mutation took it
    key, kind = path[-1], FIELDS.get(field)
    if key not in parent or top in ("eventSource", "eventType", "eventName"):
        return
    value = parent[key]
    free = kind is None and top in ("requestParameters", "responseElements") and top != field
    match chance.choice(["drop", "null", "case", "list", "number", "text"]):
        case "drop" if field not in _ALWAYS_THERE:
            del parent[key]
        case "null" if field not in NEVER_NULL:
            parent[key] = None
        case "case" if isinstance(value, str) and canonical(field, value) is None:
            parent[key] = value.swapcase()
        case "list" if free and not isinstance(value, list):  # Athena's SQL opens lists once (athena_table.py)
            parent[key] = [value, "other"]
        case "number" if free:
            parent[key] = 7
        case "text" if isinstance(value, str) and kind in ("text", "line", None):
            parent[key] = value + "-x" if chance.random() < 0.5 else value[: len(value) // 2]


def test_a_hunt_with_all_rules_parses_few_records() -> None:
    """A single rule without clues would make a hunt parse all records."""
    assert [each.rule.name for each in detections() if clues(each.rule.condition) is None] == []
