"""Compare the matchers with third-party results: AWS's answers and its guides' examples.

The files are not part of this repository; where they are absent these tests are skipped. See their README for origins,
licences and caveats.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from deadfall.patterns.aws_limits import MAX_FILTER_CHARACTERS
from deadfall.patterns.event_pattern import EventPattern, InvalidPattern
from deadfall.patterns.filter_pattern import FilterPattern, InvalidFilterPattern

TESTDATA = Path(__file__).parents[2].parent / "shared" / "testdata"

pytestmark = pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (TESTDATA / name).read_text(encoding="utf-8").splitlines()]


def event_pattern_verdict(row: dict[str, Any]) -> bool | str:
    try:
        pattern = EventPattern(row["raw_pattern"] if "raw_pattern" in row else row["pattern"])
    except InvalidPattern:
        return "invalid"
    return pattern.matches(row["event"])


def filter_pattern_verdict(row: dict[str, Any]) -> bool | str:
    try:
        pattern = FilterPattern(row["pattern"])
    except InvalidFilterPattern:
        return "invalid"
    return pattern.matches(row["message"])


def report(outcomes: dict[str, list[bool]]) -> None:
    for group, passed in sorted(outcomes.items()):
        print(f"{group}: passed {sum(passed)} of {len(passed)}")


def test_event_patterns() -> None:
    outcomes: dict[str, list[bool]] = defaultdict(list)
    wrong = []
    for row in rows("event_patterns.jsonl"):
        verdict = event_pattern_verdict(row)
        outcomes[f"event patterns, {row['authority']}"].append(verdict == row["expected"])
        if verdict != row["expected"]:
            wrong.append((row["id"], row["name"], verdict))
    report(outcomes)
    assert wrong == []


def test_filter_patterns() -> None:
    outcomes: dict[str, list[bool]] = defaultdict(list)
    wrong = []
    for row in rows("filter_patterns.jsonl"):
        verdict = filter_pattern_verdict(row)
        outcomes[f"filter patterns, {row['authority']}, {row['kind']}"].append(verdict == row["expected"])
        if verdict != row["expected"]:
            wrong.append((row["id"], row["pattern"], verdict))
    report(outcomes)
    assert wrong == []


def test_extracted_fields() -> None:
    with_fields = [row for row in rows("filter_patterns.jsonl") if "extracted" in row]
    assert with_fields
    assert [FilterPattern(row["pattern"]).extract(row["message"]) for row in with_fields] == [
        row["extracted"] for row in with_fields
    ]


def test_a_record_matches_as_text_and_parsed() -> None:
    json_rows = [row for row in rows("filter_patterns.jsonl") if row["kind"] == "json" and row["expected"] != "invalid"]
    assert json_rows
    assert [FilterPattern(row["pattern"]).matches(json.loads(row["message"])) for row in json_rows] == [
        row["expected"] for row in json_rows
    ]


def test_published_cloudtrail_patterns_parse() -> None:
    published = rows("published_cloudtrail_patterns.jsonl")
    assert published
    for row in published:
        FilterPattern(row["pattern"])
    print(f"published CloudTrail patterns: passed {len(published)} of {len(published)}")
    assert [row["control"] for row in published if len(row["pattern"]) > MAX_FILTER_CHARACTERS] == []
