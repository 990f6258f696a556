"""`deadfall hunt` over files on this machine."""

import csv
import gzip
import io
import itertools
import json
import re
import signal
from pathlib import Path

import pytest
from typer.testing import Result

from deadfall.hunt import folder
from deadfall.hunt.database import Database
from deadfall.hunt.output import as_json
from deadfall.hunt.span import Span
from deadfall.rules.catalog import DETECTIONS
from tests.hunt.conftest import Hunt, RuleFile
from tests.hunt.made import (
    ACCOUNT,
    archive,
    log_file,
    log_file_name,
    record,
    role_session,
    secret_read,
    user,
)
from tests.rules.sigma.made import rule_of


def hits(result: Result) -> list[dict]:
    assert result.exception is None or result.exit_code == 2, result.stderr
    return json.loads(result.stdout)["hits"]


def stop(time: str = "2026-11-01T12:00:00Z", **others: object) -> dict:
    return record("cloudtrail", "StopLogging", user("mallory"), time, **others)


def test_the_rules_that_ship_find_what_they_are_about_and_nothing_else(tmp_path: Path, hunt: Hunt) -> None:
    archive(tmp_path, [record("ec2", "DescribeInstances", role_session("app")), stop()])
    archive(tmp_path, [secret_read(user("mallory")), secret_read(user("bob"), "prod/other")], "2026/11/02")
    found = sorted(hits(hunt(tmp_path)), key=lambda hit: hit["rule"])
    assert [(hit["rule"], hit["level"], hit["caller"]) for hit in found] == [
        ("cloudtrail_tampering", "high", f"arn:aws:iam::{ACCOUNT}:user/mallory"),
        ("decoy_secret_read", "critical", f"arn:aws:iam::{ACCOUNT}:user/mallory"),
    ]
    assert found[0]["record"]["eventName"] == "StopLogging"


def test_a_rule_of_a_file_finds_in_every_batch(
    tmp_path: Path, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_BATCH_FILES", 2)
    for number in range(5):
        archive(tmp_path, [stop(f"2026-11-01T12:0{4 - number}:00Z"), record("ec2", "Run", user("a"))], number=number)
    result = hunt(tmp_path, "--rule", rule_file("eventName: stoplogging"))
    assert [hit["time"] for hit in hits(result)] == [f"2026-11-01T12:0{minute}:00Z" for minute in range(5)]
    assert result.exit_code == 0
    assert "10 records in 5 files" in result.stderr


@pytest.mark.parametrize(
    ("detection", "minutes"),
    [
        ("eventTime|hour: 3", ["03:15", "03:59"]),
        ("eventTime|hour|gte: 8", ["08:00", "13:03"]),
        ("eventTime|hour|gte|neq: 8", ["03:15", "03:59", "07:03"]),
    ],
)
def test_a_rule_for_an_hour(
    tmp_path: Path, hunt: Hunt, rule_file: RuleFile, detection: str, minutes: list[str]
) -> None:
    archive(tmp_path, [stop(f"2026-11-01T{minute}:03Z") for minute in ("03:15", "03:59", "07:03", "08:00", "13:03")])
    found = hits(hunt(tmp_path, "--rule", rule_file(detection)))
    assert [hit["time"][11:16] for hit in found] == minutes


def test_what_is_no_log_file_is_not_read(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    file = archive(tmp_path, [stop()])
    for other in ("CloudTrail-Digest", "CloudTrail-Insight", "Config"):
        (file.parent / file.name.replace("CloudTrail", other)).write_bytes(b"not for us")
    (file.parent / "README.md").write_text("not for us")
    result = hunt(tmp_path, file, "--rule", rule_file("eventName: StopLogging"))  # the file is there twice
    assert len(hits(result)) == 1
    assert "in 1 files" in result.stderr
    others = [
        "1 files of AWS Config",
        "1 files of Insights events",
        "1 files of digests",
        "2 files of other types",
    ]  # README.md and the rule
    assert f"not read: {' and '.join(others)}" in result.stderr
    assert result.exit_code == 0


def test_days_prune_folders_and_then_records(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    archive(tmp_path, [stop("2026-10-30T12:00:00Z")], "2026/10/30", 1)
    archive(tmp_path, [stop("2026-10-30T23:59:59Z"), stop("2026-10-31T00:00:00Z")], "2026/10/31", 2)
    archive(tmp_path, [stop("2026-10-31T23:59:59Z"), stop("2026-11-01T00:00:00Z")], "2026/11/01", 3)
    archive(tmp_path, [stop("2026-11-02T00:00:00Z")], "2026/11/02", 4)
    rule = rule_file("eventName: StopLogging")
    result = hunt(tmp_path, "--rule", rule, "--since", "2026-10-31", "--until", "2026-10-31")
    assert [hit["time"] for hit in hits(result)] == ["2026-10-31T00:00:00Z", "2026-10-31T23:59:59Z"]
    assert "in 2 files" in result.stderr, "the folder of the next day may have the last minutes, others have nothing"
    assert len(hits(hunt(tmp_path, "--rule", rule))) == 6


BROKEN = {
    "cut.json.gz": (log_file([stop()])[:40], "its gzip stream is damaged or truncated"),
    "text.json": (b"hello", "record 1 is not JSON"),
    "nothing.json": (b"", "is empty"),
    "nothing_packed.json.gz": (gzip.compress(b""), "is empty"),
    "space.json": (b" \n ", "is empty"),
    "number.json": (b'{"Records": 5}', "record 1 has no Records list"),
    "zip.json": (b"PK\x03\x04", "is packed as zip"),
}


def test_broken_files_are_named_and_skipped(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    for number in range(3):
        archive(tmp_path, [stop()], number=number)
    for name, (content, _) in BROKEN.items():
        (tmp_path / f"{name}").write_bytes(content)
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert len(hits(result)) == 3
    assert result.exit_code == 2
    skipped = [line for line in result.stderr.splitlines() if line.startswith("skipped: ")]
    assert len(skipped) == len(BROKEN)
    for name, (_, reason) in BROKEN.items():
        assert any(f"{name}: {reason}" in line for line in skipped), (name, skipped)
    assert "3 records in 10 files, 7 of them skipped" in result.stderr


@pytest.mark.parametrize("name", ["bomb.json.gz", "bomb.jsonl.gz"])
def test_a_file_beyond_the_limit_is_skipped(
    tmp_path: Path, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in ("database", "tolerant"):
        monkeypatch.setattr(f"deadfall.hunt.{module}.LARGEST_FILE", 1024 * 1024)
    archive(tmp_path, [stop()])
    # The reader has room for 32 MB at least.
    (tmp_path / name).write_bytes(gzip.compress(json.dumps(stop(userAgent="x" * 40_000_000)).encode()))
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    assert (len(hits(result)), result.exit_code) == (1, 2)
    assert f"{name}: has more than 256 MB of JSON, so it is not a CloudTrail log file" in result.stderr


EVIL = '=cmd|"/c calc"!A1\x1b[2J\u202e\n'


def test_text_of_callers_is_only_text(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    archive(tmp_path, [stop(userAgent=EVIL, sourceIPAddress="\x1b]0;x\x07", eventID="+1-2\x7f")])
    rule = rule_file("eventName: StopLogging")
    shown = {form: hunt(tmp_path, "--rule", rule, "--format", form).stdout for form in ("table", "csv", "json")}
    for form, text in shown.items():
        assert all(character == "\n" or " " <= character <= "~" for character in text), form
    assert "\\x1b]0;x\\x07" in shown["table"]
    (row,) = csv.DictReader(io.StringIO(shown["csv"]))
    assert row["user_agent"] == '\'=cmd|"/c calc"!A1\\x1b[2J\\u202e\\n'
    assert row["event_id"] == "'+1-2\\x7f"
    assert row["caller"].startswith("arn:")
    assert json.loads(shown["json"])["hits"][0]["user_agent"] == EVIL


COUNTED = """---
title: Stopped often
id: 9c1f6f7e-6f0a-4e57-8d0e-2f3a4b5c6d7e
status: stable
level: high
correlation:
  type: event_count
  rules: [base]
  group-by: [sourceIPAddress]
  timespan: 5m
  condition: {gte: 3}
"""


def test_a_rule_that_counts_shows_group_and_count(
    tmp_path: Path, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_BATCH_FILES", 1)
    for minute in range(4):
        time = f"2026-11-01T12:0{minute}:00Z"
        archive(tmp_path, [stop(time), stop(time, sourceIPAddress=f"203.0.113.{minute}")], number=minute)
    rule = rule_file("eventName: StopLogging", then=COUNTED)
    (hit,) = hits(hunt(tmp_path, "--rule", rule))
    assert (hit["count"], hit["group"], hit["time"]) == (4, {"sourceIPAddress": "198.51.100.7"}, "2026-11-01T12:02:00Z")
    assert "some_rule: 4 by 198.51.100.7" in hunt(tmp_path, "--rule", rule, "--format", "table").stdout


@pytest.mark.parametrize("rule", ["decoy_secret_read", str(DETECTIONS / "decoy_secret_read.yml")])
def test_the_second_opinion_is_given_by_hit_and_by_principal(tmp_path: Path, hunt: Hunt, rule: str) -> None:
    archive(
        tmp_path,
        [
            secret_read(user("mallory"), time="2026-11-01T12:00:00Z"),
            secret_read(user("mallory"), "prod/billing/postgres", time="2026-11-01T12:01:00Z"),
            secret_read(role_session("deploy"), time="2026-11-01T12:02:00Z"),
        ],
    )
    result = hunt(tmp_path, "--rule", rule, "--would-contain")
    assert [hit["outcome"] for hit in hits(result)] == ["contained", "contained", "suppressed"]
    first, second = json.loads(result.stdout)["principals"]
    assert first["actions"] == [
        "deny-user user/mallory",
        "deactivate-keys user/mallory",
        "remove-password user/mallory",
    ]
    assert (first["hits"], first["last"]) == (2, "2026-11-01T12:01:00Z")
    assert second["reason"] == "The caller is the deploy role, which reads its own decoys."


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no input: name files, folders or s3://bucket/prefix, or use --athena WORKGROUP"),
        (["nowhere"], "nowhere: no such file or folder"),
        (["."], "the paths contain no CloudTrail log files"),
        ([".", "--athena", "primary"], "remove the paths"),
        (["s3://"], "s3://: the bucket is missing"),
        ([".", "--rule", "nothing"], "--rule nothing: no rule has this name; use one of "),
        ([".", "--rule", "nothing.yml"], "nothing.yml: can't be read"),
        ([".", "--stack", "nowhere"], "there is no Pulumi.nowhere.yaml"),
        ([".", "--since", "2026-02-01", "--until", "2026-01-01"], "--until 2026-01-01 is before --since 2026-02-01"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_sentence(
    arguments: list[str], says: str, tmp_path: Path, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if "--rule" not in arguments:
        arguments = [*arguments, "--rule", rule_file("eventName: StopLogging")]
    result = hunt(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_no_hits_are_results_too(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    archive(tmp_path, [stop()])
    rule = rule_file("eventName: Nothing")
    assert hunt(tmp_path, "--rule", rule, "--format", "table").stdout == "No hits.\n"
    assert hits(hunt(tmp_path, "--rule", rule)) == []
    assert log_file_name() in str(next(tmp_path.rglob("*.json.gz")))


def test_a_dead_rule_is_a_warning_beside_no_hits(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    archive(tmp_path, [stop()])
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLoging"), "--format", "table")
    assert (result.exit_code, result.stdout) == (0, "No hits.\n")
    assert result.stderr.startswith("warning: some_rule: this rule can never match, because botocore ")
    assert "did you mean StopLogging?" in result.stderr
    assert "warning" not in hunt(tmp_path, "--rule", rule_file("eventName: StopLogging")).stderr


def test_a_departure_from_sigma_is_a_note(tmp_path: Path, hunt: Hunt, rule_file: RuleFile) -> None:
    archive(tmp_path, [stop()])
    rule = Path(rule_file("eventName: StopLogging"))
    assert "note" not in hunt(tmp_path, "--rule", rule).stderr
    rule.write_text(re.sub("(?m)^id: .*$", "id: stop-1", rule.read_text()))
    result = hunt(tmp_path, "--rule", rule, "--format", "json")
    assert result.exit_code == 0 and "StopLogging" in result.stdout
    assert result.stderr.startswith("note: some_rule: ") and "stop-1" in result.stderr


def test_a_rule_that_would_contain_one_of_several_callers_is_refused(
    tmp_path: Path, hunt: Hunt, rule_file: RuleFile
) -> None:
    archive(tmp_path, [stop()])
    counted = (
        "---\ntitle: Often\nid: 0c9e2d7e-56a4-4f52-8e4e-6f2f6b1f2c3d\nlevel: high\ncorrelation:\n"
        "  {type: event_count, rules: [base], timespan: 5m, group-by: [sourceIPAddress], condition: {gte: 1}}\n"
        "deadfall: {response: RESPONSE}\n"
    )
    refused = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging", then=counted.replace("RESPONSE", "contain")))
    assert refused.exit_code == 1
    assert "some_rule: counts events of several callers together" in refused.stderr
    alert = rule_file("eventName: StopLogging", then=counted.replace("RESPONSE", "alert"))
    assert len(hits(hunt(tmp_path, "--rule", alert))) == 1


def test_ctrl_c_ends_a_query_at_once(tmp_path: Path) -> None:
    with Database([rule_of("eventName: StopLogging")], Span(), tmp_path) as database:
        before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            with pytest.raises(KeyboardInterrupt):
                database._execute("SELECT sum(a.range * b.range) FROM range(10_000_000) a, range(10_000_000) b")
        finally:
            signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("verdicts", [[], ["--would-contain"]])
def test_tables_fit_80_columns(
    tmp_path: Path, hunt: Hunt, monkeypatch: pytest.MonkeyPatch, verdicts: list[str]
) -> None:
    session = role_session("deploy", "a-session-with-quite-a-long-name-of-60-characters-or-even-more")
    archive(tmp_path, [secret_read(user("mallory")), secret_read(session, "prod/billing/postgres")])
    shown: dict[int, str] = {}
    for width in (80, 300):
        monkeypatch.setattr("deadfall.cli.hunt._WIDE", width)
        shown[width] = hunt(tmp_path, "--rule", "decoy_secret_read", "--format", "table", *verdicts).stdout
    assert max(map(len, shown[80].splitlines())) <= 80
    assert max(map(len, shown[300].splitlines())) > 80
    for text in shown.values():
        assert text.count("2026-11-01T12:00:00Z") >= 2, "no word is broken"
        assert text.count("GetSecretValue") == 2
        assert "user/mallory" in text
        assert ("contained" in text and "suppressed" in text) == bool(verdicts)


def test_the_summary_has_the_time_from_the_start_to_the_last_hit(
    tmp_path: Path, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(tmp_path, [stop()])
    clock = itertools.count(step=100)
    monkeypatch.setattr("deadfall.cli.hunt.time.monotonic", lambda: next(clock))
    written = as_json.write
    monkeypatch.setattr(as_json, "write", lambda *arguments: (written(*arguments), [next(clock) for _ in range(50)]))
    result = hunt(tmp_path, "--rule", rule_file("eventName: StopLogging"))
    seconds = float(result.stderr.rpartition(", in ")[2].removesuffix(" s\n"))
    assert seconds > 5000
