"""`deadfall check` as people run it: a stack file in, lines and an exit status out."""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deadfall.check import rules as rules_check
from deadfall.check import stack as stack_check
from deadfall.cli import app
from deadfall.rules import catalog
from deadfall.stack_files import PROJECT
from tests.conftest import FEW_DETECTIONS

from .stack_files import GOOD, with_key

EXCEPTION = "    - {{policy: {}, owner: soc@example.com, reason: being replaced, expires: '2027-01-31'}}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty folder, without the Pulumi CLI and without credentials or addresses of AWS."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", os.defpath)
    return tmp_path


@pytest.fixture
def no_guardrails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the preview and the policy pack, which take most of the time."""
    monkeypatch.setattr(stack_check, "check_guardrails", lambda stack, config: (96, []))


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def check_text(text: str) -> Result:
    Path("Pulumi.mine.yaml").write_text(text)
    return check("--stack", "mine")


def test_a_shipped_stack_is_right_and_its_seed_is_still_to_be_set():
    result = check("--stack", "dev")
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert line.startswith("warning: Pulumi.dev.yaml: deadfall:decoySeed: is not set yet; set it with ")
    assert "0 mistakes, 1 warning. Checked config, " in result.stderr
    assert "0 holes" in result.stderr
    assert "guardrails" in result.stderr


@pytest.mark.usefixtures("no_guardrails")
def test_a_stack_file_in_the_current_folder_comes_first(folder: Path):
    shutil.copy(PROJECT / "Pulumi.minimal.yaml", folder / "Pulumi.dev.yaml")
    document = json.loads(check("--stack", "dev", "--json").stdout)
    assert document["file"] == "Pulumi.dev.yaml"
    assert json.loads(check("--stack", "prod", "--json").stdout)["file"] == str(PROJECT / "Pulumi.prod.yaml")


def test_mistakes_of_config_detections_and_guardrails_are_reported_in_one_run():
    result = check_text(
        GOOD.replace('"111122223333"', "111122223333")
        + "  deadfall:trustedNetworks: [0.0.0.0/0]\n"
        + f"  deadfall:detections: {json.dumps({**FEW_DETECTIONS, 'decoy_*': 'default', 'root_usee': 'observe'})}\n"
        + "  deadfall:evidence: {logRetentionDays: 1}\n"
        + "  deadfall:policyExceptions:\n"
        + EXCEPTION.format("no-such-guardrail")
    )
    assert result.exit_code == 1
    assert [" ".join(line.split()[:3]) for line in result.stdout.splitlines()] == [
        "error: Pulumi.mine.yaml:3: deadfall:accountId:",
        "error: Pulumi.mine.yaml:12: deadfall:trustedNetworks[0]:",
        "error: Pulumi.mine.yaml:13: deadfall:detections:",
        "error: stores-log-retention (responder):",
        "error: account-policy-exceptions: deadfall:policyExceptions,",
    ]
    assert result.stdout.splitlines()[3].endswith(
        "keeps logs for 1 days; set retention_in_days to 90 at least. Set deadfall:trail.logRetentionDays or "
        "deadfall:evidence.logRetentionDays."
    )
    assert "5 mistakes, 0 warnings" in result.stderr


@pytest.mark.usefixtures("no_guardrails")
def test_the_result_for_programs():
    Path("Pulumi.mine.yaml").write_text(with_key("hunting", "maybe"))
    result = check("--stack", "mine", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["findings"] == [
        {
            "severity": "error",
            "part": "config",
            "where": "Pulumi.mine.yaml:12",
            "key": "deadfall:hunting",
            "message": "must be true or false, not 'maybe'",
        }
    ]
    assert (document["stack"], document["file"], document["mistakes"]) == ("mine", "Pulumi.mine.yaml", 1)
    assert document["checked"]["guardrails"] > 90
    assert document["checked"]["coverage"].endswith("0 holes")


@pytest.mark.usefixtures("no_guardrails")
def test_every_wrong_rule_is_reported_and_what_follows_from_it_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch):
    rules = folder / "detections"
    shutil.copytree(catalog.DETECTIONS, rules, ignore=shutil.ignore_patterns("tests"))
    for name, old, new in (
        ("root_use", "level: ", "level: very "),
        ("cloudtrail_tampering", "condition: ", "condition: no and "),
    ):
        file = rules / f"{name}.yml"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
    monkeypatch.setattr(rules_check.catalog, "files", lambda folder=rules: sorted(folder.glob("*.yml")))
    result = check_text(GOOD)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.partition(": ")[2].partition(": ")[0] for line in lines if line.startswith("error")] == [
        "detections/cloudtrail_tampering.yml",
        "detections/root_use.yml",
    ]
    assert lines[-1] == "warning: guardrails: are not checked; correct the rules first"


@pytest.mark.usefixtures("no_guardrails")
def test_a_rule_that_can_never_match_is_a_warning(folder: Path, monkeypatch: pytest.MonkeyPatch):
    rules = folder / "detections"
    shutil.copytree(catalog.DETECTIONS, rules, ignore=shutil.ignore_patterns("tests"))
    file = rules / "logging_stopped.yml"
    file.write_text(
        (catalog.DETECTIONS / "cloudtrail_tampering.yml")
        .read_text()
        .partition("\ndetection:")[0]
        .replace("id: ", "id: 1f6a3f5c-7a5c-4f5e-9b8f-0d9a4bb7d7a1 #")
        + "\ndetection:\n  call:\n    eventSource: cloudtrail.amazonaws.com\n    eventName: StopLoging\n"
        "  condition: call\nlevel: high\ndeadfall:\n  response: alert\n  runbook: docs/runbooks.md#trail-changed\n"
    )
    monkeypatch.setattr(rules_check.catalog, "files", lambda folder=rules: sorted(folder.glob("*.yml")))
    result = check_text(GOOD)
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert line.startswith("warning: detections/logging_stopped.yml: ")
    assert "StopLogging" in line


@pytest.mark.usefixtures("no_guardrails")
def test_more_filters_than_a_log_group_holds_are_a_mistake_of_the_rules():
    decoys = ", ".join(f"{{kind: secret, name: prod/db{number}/main}}" for number in range(10, 40))
    result = check_text(with_key("decoys", f"[{decoys}]"))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "detections: a log group" in lines[0]
    assert "detections: an event bus" in lines[1]
    assert lines[2:] == ["warning: guardrails: are not checked; correct the rules first"]


@pytest.mark.usefixtures("no_guardrails")
def test_touches_that_nothing_detects_are_warnings():
    result = check_text(with_key("detections", "{decoy_secret_recon: none, decoy_secret_change: none}"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines
    assert all(line.startswith("warning: secret prod/billing/postgres: the ") for line in lines)
    assert {line.split(": ")[2].partition(" does")[0] for line in lines} == {"the event path", "the log path"}


@pytest.mark.parametrize(
    ("stack", "sentence"),
    [
        ("nowhere", "there is no Pulumi.nowhere.yaml in "),
        ("../dev", "--stack: '../dev' is not a stack's name; use A-Z, a-z, 0-9 and . _ - only"),
        ("", "--stack: '' is not a stack's name"),
        ("a b", "--stack: 'a b' is not a stack's name"),
        ("x" * 101, f"--stack: '{'x' * 97}...' is not a stack's name"),
        ("\x1b[31m", "--stack: '\\x1b[31m' is not a stack's name"),
        ("folder", "Pulumi.folder.yaml cannot be read (Is a directory); correct its permissions"),
        ("latin", "Pulumi.latin.yaml is not text in UTF-8; save it as UTF-8"),
        ("broken", "Pulumi.broken.yaml:2: is not YAML from here on; "),
    ],
)
def test_what_cannot_be_checked_is_one_sentence_and_status_2(folder: Path, stack: str, sentence: str):
    (folder / "Pulumi.folder.yaml").mkdir()
    (folder / "Pulumi.latin.yaml").write_bytes(b"config: \xe4\n")
    (folder / "Pulumi.broken.yaml").write_text("config: [\n")
    result = check("--stack", stack)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"error: {sentence}")
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("no_guardrails")
def test_hostile_text_is_escaped():
    result = check_text(with_key("tags", '{Team: a, "\\e[2J": 1, "\\u202e": 2}'))
    assert result.exit_code == 1
    assert result.stdout.isascii()
    assert "\x1b" not in result.stdout
