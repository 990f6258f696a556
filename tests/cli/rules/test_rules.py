"""`deadfall rules`: output streams and exit status."""

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.session import Session
from typer.testing import CliRunner, Result

from deadfall.cli.rules import app
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules import catalog
from deadfall.rules.examples import examples
from deadfall.stack_files import config_of
from tests.rules.stack import compiled_once

HEAD = "title: A title\nid: 9f2c2c9e-6f43-4d3c-9f0a-0a1e5d7a8b11\nlevel: low\n"
SOURCE = "logsource: {product: aws, service: cloudtrail}\n"
STOPPED = (
    f"{HEAD}{SOURCE}detection: {{a: {{eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}}, condition: a}}\n"
)
IN_A_LIST = f"{HEAD}{SOURCE}detection: {{a: {{eventName: Put, requestParameters.layers|contains: x}}, condition: a}}\n"
NO_FIELD = f"{HEAD}{SOURCE}detection: {{a: {{status: success}}, condition: a}}\n"
RECORD = {
    "eventTime": "2026-11-21T10:00:00Z",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "eventType": "AwsApiCall",
    "awsRegion": "eu-west-1",
    "requestParameters": None,
    "responseElements": None,
}
OTHER = {**RECORD, "eventName": "StartLogging"}


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


def write_rule(folder: Path, text: str, name: str = "mine.yml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def with_examples(folder: Path, matches: dict[str, Any], ignores: dict[str, Any]) -> Path:
    (folder / "tests").mkdir()
    cases = {
        "matches": [{"case": "stopped", "source": "made up", "record": matches}],
        "ignores": [{"case": "started", "source": "made up", "record": ignores}],
    }
    (folder / "tests" / "mine.json").write_text(json.dumps(cases))
    return write_rule(folder, STOPPED)


@pytest.fixture
def compiles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "detections", compiled_once)


@pytest.mark.usefixtures("compiles_once")
def test_list_has_every_rule():
    rows = json.loads(run("list", "--json").stdout)
    assert {row["name"] for row in rows} == {file.stem for file in catalog.files()}
    table = run("list")
    assert table.exit_code == 0
    assert all(row["name"] in table.stdout for row in rows)


@pytest.mark.usefixtures("compiles_once")
def test_show_has_every_part_of_a_rule():
    shown = run("show", "cloudtrail_tampering")
    assert shown.exit_code == 0
    for part in (
        "docs/runbooks.md#",
        "attack.t",
        "false positive",
        '"source"',
        "$.eventSource",
        "SELECT",
        "2 alarms: $0.20",
    ):
        assert part in shown.stdout
    assert json.loads(run("show", "cloudtrail_tampering", "--json").stdout)["detections"][0]["event_patterns"]


def test_compile_writes_only_the_query_to_standard_output():
    pattern = run("compile", "-", "--to", "eventbridge", given=STOPPED)
    assert json.loads(pattern.stdout) == {
        "source": ["aws.cloudtrail"],
        "detail-type": [
            "AWS API Call via CloudTrail",
            "AWS Service Event via CloudTrail",
            "AWS Console Action via CloudTrail",
            "AWS Network Activity Event via CloudTrail",
        ],
        "detail": {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": ["StopLogging"]},
    }
    assert "stdin" in pattern.stderr
    text = run("compile", "-", "--to", "metric-filter", given=STOPPED).stdout
    assert FilterPattern(text.strip()).matches(RECORD)
    for dialect in ("athena", "duckdb"):
        assert run("compile", "-", "--to", dialect, given=STOPPED).stdout.startswith("SELECT")
    assert json.loads(run("compile", "-", "--to", "athena", "--json", given=STOPPED).stdout)[0]["rule"] == "stdin"


def test_compile_warns_of_a_dead_rule_on_standard_error():
    dead = STOPPED.replace("StopLogging", "StopLoging")
    compiled = run("compile", "-", "--to", "eventbridge", given=dead)
    assert compiled.exit_code == 0
    assert json.loads(compiled.stdout)["detail"]["eventName"] == [{"equals-ignore-case": "StopLoging"}]
    warning = "warning: stdin: this rule can never match, because "
    assert warning in compiled.stderr and "did you mean StopLogging?" in compiled.stderr
    assert "warning" not in run("compile", "-", "--to", "eventbridge", given=STOPPED).stderr
    (shown,) = json.loads(run("compile", "-", "--to", "eventbridge", "--json", given=dead).stdout)
    assert len(shown["warnings"]) == 1
    (shown,) = json.loads(run("compile", "-", "--to", "eventbridge", "--json", given=STOPPED).stdout)
    assert shown["warnings"] == []


def test_show_warns_of_a_dead_rule_on_standard_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = "deadfall: {response: alert, runbook: 'docs/runbooks.md#trail-changed'}\n"
    with_examples(tmp_path, RECORD, OTHER)
    for name in ("dead", "alive"):
        shutil.copy(tmp_path / "tests" / "mine.json", tmp_path / "tests" / f"{name}.json")
    (tmp_path / "mine.yml").unlink()
    write_rule(tmp_path, STOPPED.replace("StopLogging", "StopLoging") + own, "dead.yml")
    write_rule(tmp_path, STOPPED.replace("9f2c2c9e", "8f2c2c9e") + own, "alive.yml")
    found = catalog.detections(config_of("dev").model_copy(update={"detections": {}}), tmp_path)
    monkeypatch.setattr(catalog, "detections", lambda config: found)
    monkeypatch.setattr(catalog, "DETECTIONS", tmp_path)
    dead = run("show", "dead")
    assert dead.exit_code == 0
    assert dead.stderr.startswith("warning: dead: this rule can never match, because ")
    assert "warning" not in dead.stdout
    (warning,) = json.loads(run("show", "dead", "--json").stdout)["warnings"]
    assert "did you mean StopLogging?" in warning
    assert "warning" not in run("show", "alive").stderr
    assert json.loads(run("show", "alive", "--json").stdout)["warnings"] == []


def test_a_warning_precedes_the_refusal_of_a_rule_that_contradicts_itself():
    contradicting = STOPPED.replace("condition: a}", "b: {eventName: StartLogging}, condition: a and b}")
    refused = run("compile", "-", "--to", "eventbridge", given=contradicting)
    assert refused.exit_code == 1
    warning, error = refused.stderr.index("eventName has one value"), refused.stderr.index("error: ")
    assert warning < error


def test_test_warns_of_a_selection_that_is_never_used(tmp_path: Path):
    file = with_examples(tmp_path, RECORD, OTHER)
    assert "warning" not in run("test", str(file)).stderr
    file.write_text(STOPPED.replace("condition: a}", "b: {eventName: StartLogging}, condition: a}"))
    tested = run("test", str(file))
    assert tested.exit_code == 0
    assert "warning: mine: the selection 'b' is never used" in tested.stderr


COUNTED = f"""name: base
{STOPPED}---
title: Often
id: 0c9e2d7e-56a4-4f52-8e4e-6f2f6b1f2c3d
level: high
correlation: {{type: event_count, rules: [base], timespan: 5m, group-by: [sourceIPAddress], condition: {{gte: 5}}}}
deadfall: {{response: contain}}
"""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("compile", "FILE", "--to", "eventbridge"), 2),
        (("compile", "FILE", "--to", "athena"), 2),
        (("import", "FILE"), 1),
        (("test", "FILE"), 2),
    ],
)
def test_a_rule_that_would_contain_one_of_several_callers_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], status: int
):
    file = write_rule(tmp_path, COUNTED)
    given = [str(file) if each == "FILE" else each for each in arguments]
    refused = run(*given)
    assert refused.exit_code == status
    assert "mine: counts events of several callers together" in refused.stdout + refused.stderr
    assert "set deadfall.response to alert" in refused.stdout + refused.stderr
    file.write_text(COUNTED.replace("contain}", "alert}"))
    assert "several callers" not in (accepted := run(*given)).stdout + accepted.stderr


def test_an_inexpressible_rule_is_status_1():
    refused = run("compile", "-", "--to", "metric-filter", given=IN_A_LIST)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "does not look into lists" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nothing"], "stack dev has no rule 'nothing'"),
        (["test", "nothing"], "no file or rule 'nothing'"),
        (["compile", "nothing.yml", "--to", "athena"], "nothing.yml: can't be read"),
        (["compile", "nothing.yml", "--to", "nothing"], "--to nothing: no such back end; use eventbridge,"),
        (["import", "nothing.yml"], "nothing.yml: no such file or folder"),
        (["list", "--stack", "nowhere"], "Pulumi.nowhere.yaml"),
        (["verify"], "add --aws"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(arguments: list[str], message: str):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_examples_of_a_file_are_tried(tmp_path: Path):
    file = with_examples(tmp_path, RECORD, OTHER)
    result = run("test", str(file))
    assert result.exit_code == 0, result.stderr
    assert [row["answers"] for row in json.loads(run("test", str(file), "--json").stdout)] == [
        {"reference": True, "eventbridge": True, "metric-filter": True, "duckdb": True},
        {"reference": False, "eventbridge": False, "metric-filter": False, "duckdb": False},
    ]


def test_an_example_that_fails_is_status_1(tmp_path: Path):
    result = run("test", str(with_examples(tmp_path, OTHER, RECORD)))
    assert result.exit_code == 1
    assert "'stopped' must match but doesn't in reference, eventbridge, metric-filter, duckdb" in result.stdout


def test_examples_must_be_there_and_right(tmp_path: Path):
    file = write_rule(tmp_path, STOPPED)
    assert "mine: has no examples" in run("test", str(file)).stderr
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "mine.json").write_text('{"matches": [{"case": "a", "source": "b"}], "ignores": []}')
    refused = run("test", str(file))
    assert refused.exit_code == 2
    assert "mine.json: matches.0: needs exactly one of record, records and event" in refused.stderr
    (tmp_path / "tests" / "mine.json").write_text(
        '{"base": {"a": null}, "matches": [], "ignores": [{"case": "a", "source": "b", "record": {"a.b": 1}}]}'
    )
    refused = run("test", str(file))
    assert refused.exit_code == 2
    assert "mine.json: ignores.0: 'a.b' can't be set: the base has no object 'a'; write 'a' whole" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.usefixtures("compiles_once")
def test_show_works_for_every_rule():
    names = [row["name"] for row in json.loads(run("list", "--json").stdout)]
    assert "organizations_changes" in names  # its false positives have a colon
    for name in names:
        shown = run("show", name)
        assert (shown.exit_code, shown.exception) == (0, None), name


def test_departures_of_a_third_party_rule_are_notes(tmp_path: Path):
    text = STOPPED.replace("9f2c2c9e-6f43-4d3c-9f0a-0a1e5d7a8b11", "aws-001").replace("cloudtrail}", "ec2}", 1)
    file = str(write_rule(tmp_path, text + "x_severity: 5\n"))
    notes = [
        "its id 'aws-001' is not a UUID; replace it",
        "'x_severity' is not a key of a rule and is ignored; remove it, or put it under `deadfall:`",
        "its logsource is product: aws, service: ec2 and is read as CloudTrail; write service: cloudtrail",
    ]
    imported = run("import", file)
    assert imported.exit_code == 0
    assert [
        line.removeprefix("  note           ") for line in imported.stdout.split("\n") if "  note  " in line
    ] == notes
    assert "cp " not in imported.stderr
    assert "Before using a rule with a note, correct it" in imported.stderr
    assert json.loads(run("import", file, "--json").stdout)[0]["notes"] == notes
    compiled = run("compile", file, "--to", "eventbridge")
    assert json.loads(compiled.stdout)["detail"]["eventName"] == ["StopLogging"]
    assert all(f"mine: note: {note}." in compiled.stderr for note in notes)


def test_import_reports_on_each_file(tmp_path: Path):
    write_rule(tmp_path, STOPPED, "a.yml")
    write_rule(tmp_path, IN_A_LIST, "b.yml")
    write_rule(tmp_path, NO_FIELD, "c.yml")
    result = run("import", str(tmp_path))
    assert result.exit_code == 0
    assert "does not look into lists" in result.stdout
    assert "CloudTrail records have no status" in result.stdout
    assert "1 alarm: $0.10 a month" in result.stdout
    assert f"cp {tmp_path}/a.yml detections/" in result.stderr

    a, b, c = json.loads(run("import", str(tmp_path), "--json").stdout)
    assert {to: "compiled" in made for to, made in a["back_ends"].items()} == dict.fromkeys(a["back_ends"], True)
    assert "gap" in b["back_ends"]["metric-filter"]
    assert (a["cost"]["fixed"], a["warnings"]) == (0.1, [])
    assert c["warnings"] == [
        "this rule can never match, because CloudTrail records have no status; correct the name",
    ]
    assert a["matches"]["records"] > 0, "the shipped examples have StopLogging"


@pytest.mark.parametrize("text", ["title: x", STOPPED + "cis: {section: '4.5', filter: '{$.eventName='}\n"])
def test_import_of_a_file_that_compiles_for_no_back_end_is_status_1(tmp_path: Path, text: str):
    good, bad = write_rule(tmp_path, STOPPED), write_rule(tmp_path, text, "bad.yml")
    result = run("import", str(good), str(bad))
    assert result.exit_code == 1
    assert "refused" in result.stdout
    assert "1 pattern" in result.stdout, "the other file is still reported"


def test_import_reports_on_each_rule_of_a_file(tmp_path: Path):
    several = f"{STOPPED}---\n{STOPPED.replace('eventName', 'eventName|foo')}---\n{STOPPED}"
    file = write_rule(tmp_path, several)
    result = run("import", str(file))
    assert result.exit_code == 1
    assert result.stdout.count("1 pattern") == 2
    assert "refused        mine: document 2: is not a Sigma rule: Unknown modifier 'foo'" in result.stdout
    assert "cp " not in result.stderr


def test_import_of_a_folder_reads_only_files(tmp_path: Path):
    write_rule(tmp_path, STOPPED)
    (tmp_path / "folder.yml").mkdir()
    os.mkfifo(tmp_path / "pipe.yml")  # reading it would wait for a writer
    (tmp_path / "link.yml").symlink_to("nothing.yml")
    result = run("import", str(tmp_path))
    assert "link.yml: can't be read" in result.stdout
    assert "folder.yml" not in result.stdout and "pipe.yml" not in result.stdout
    assert "1 pattern" in result.stdout


def test_import_against_an_archive(tmp_path: Path):
    archive = tmp_path / "AWSLogs"
    archive.mkdir()
    (archive / "one.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [RECORD, OTHER, RECORD]}).encode()))
    (archive / "two.json.gz").write_bytes(b"broken")
    result = run("import", str(write_rule(tmp_path, STOPPED)), "--against", str(archive), "--json")
    assert json.loads(result.stdout)[0]["matches"]["sentence"] == f"2 of 3 records ({archive})"
    assert "skipped: " in result.stderr


ATTACHED = {
    **RECORD,
    "eventSource": "lambda.amazonaws.com",
    "eventName": "UpdateFunctionConfiguration20150331v2",
    "requestParameters": {"layers": ["x"]},
}
SUPERSET = IN_A_LIST.replace(
    "eventName: Put", "eventSource: lambda.amazonaws.com, eventName: UpdateFunctionConfiguration*"
)


def an_archive(folder: Path, *records: dict[str, Any]) -> Path:
    """Of one day."""
    day = folder / "AWSLogs" / "2026" / "11" / "21"
    day.mkdir(parents=True)
    (day / "one.json").write_text(json.dumps({"Records": records}))
    return folder / "AWSLogs"


def test_a_superset_is_stated_and_standard_output_stays_a_query(tmp_path: Path):
    result = run("compile", str(write_rule(tmp_path, SUPERSET)), "--to", "metric-filter")
    assert result.exit_code == 0
    FilterPattern(result.stdout.strip())
    assert "mine: superset: a metric filter can't use requestParameters.layers: it does not look" in result.stderr
    (compiled,) = json.loads(run("compile", str(tmp_path / "mine.yml"), "--to", "metric-filter", "--json").stdout)
    assert [why.partition(":")[0] for why in compiled["widenings"]] == [
        "a metric filter can't use requestParameters.layers"
    ]


def test_import_counts_what_a_superset_matches_beyond_the_rule(tmp_path: Path):
    other = {**ATTACHED, "requestParameters": {"memorySize": 128}}
    archive = an_archive(tmp_path, ATTACHED, other, other, RECORD)
    rule = write_rule(tmp_path, SUPERSET)
    result = run("import", str(rule), "--against", str(archive))
    assert "would match    1 of 4 records" in result.stdout
    assert "extra          2 more on the log path, which the responder rejects" in result.stdout
    assert "1 for metric-filter (1 as a superset)" in result.stderr
    (imported,) = json.loads(run("import", str(rule), "--against", str(archive), "--json").stdout)
    assert imported["extra"] == {"event path": 2, "log path": 2}
    assert imported["back_ends"]["metric-filter"]["widenings"]


def test_cost_estimates_what_a_superset_costs(tmp_path: Path):
    agent = "eventName: UpdateFunctionConfiguration*, userAgent|contains: console"
    both = SUPERSET.replace("eventName: UpdateFunctionConfiguration*", agent)
    record = {**ATTACHED, "userAgent": "AWS-Console"}
    others = [{**ATTACHED, "userAgent": "aws-cli"}, {**record, "requestParameters": {"memorySize": 128}}, RECORD]
    rule, archive = write_rule(tmp_path, both), an_archive(tmp_path, record, *others)
    (row,) = json.loads(run("cost", str(rule), "--against", str(archive), "--json").stdout)
    assert (row["name"], row["fixed"], row["with_hits"]) == ("mine", 0.1, pytest.approx(0.4))
    assert row["supersets"] == ["event path", "log path"]
    assert row["extra"] == {"event_path": 2, "log_path": 1, "days": 1}
    assert row["estimated_a_month"] == {"events": 60, "usd": pytest.approx(60 * 0.867e-6, rel=0.01)}
    table = run("cost", str(rule), "--against", str(archive))
    assert "2 on the event path, 1 on the log path; estimated 60 invocations a month, $0.00" in table.stdout
    assert "unknown" in run("cost", str(rule)).stdout
    assert "add --against FOLDER" in run("cost", str(rule)).stderr


def test_cost_names_the_decoy_of_each_row():
    rows = json.loads(run("cost", "decoy_secret_read", "root_use", "--stack", "prod", "--json").stdout)
    secrets = [decoy.decoy_name for decoy in config_of("prod").decoys if decoy.kind == "secret"]
    assert len(secrets) > 1
    assert [(row["name"], row["decoy"]) for row in rows] == [
        *(("decoy_secret_read", name) for name in secrets),
        ("root_use", None),
    ]
    table = run("cost", "decoy_secret_read", "--stack", "prod").stdout
    assert all(f"decoy_secret_read ({name})" in table for name in secrets)


def test_cost_of_shipped_rules():
    rows = {row["name"]: row for row in json.loads(run("cost", "root_use", "decoy_secret_read", "--json").stdout)}
    assert {name: row["fixed"] for name, row in rows.items()} == {"root_use": 0.2, "decoy_secret_read": 0.1}
    assert all(row["extra"] is None and row["supersets"] == [] for row in rows.values())


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path):
    file = write_rule(tmp_path, STOPPED.replace("A title", '"\\e[31mred"'), "\x1b[31mred.yml")
    for arguments in (["import", str(file)], ["compile", str(file), "--to", "eventbridge"]):
        result = run(*arguments)
        assert "\x1b" not in result.stdout + result.stderr


class _Aws:
    """A stand-in for AWS that uses our matchers; `wrong` inverts the results. boto3 validates the requests."""

    def __init__(self, *, wrong: bool = False) -> None:
        self._wrong = wrong
        self.calls = 0

    def client(self, service: str, **_: Any) -> Any:
        session = Session("a", "b", region_name="eu-west-1")
        made: Any = session.client(service)  # type: ignore[call-overload]
        made.meta.events.register("provide-client-params.*", self._record_params)
        made.meta.events.register("before-call.*", self._answer)
        return made

    def _record_params(self, params: dict[str, Any], **_: Any) -> None:
        self._params = params

    def _answer(self, model: Any, **_: Any) -> Any:
        self.calls += 1
        params = self._params
        if model.name == "TestEventPattern":
            matches = EventPattern(params["EventPattern"]).matches(json.loads(params["Event"]))
            return _Http(), {"Result": matches != self._wrong}
        assert model.name == "TestMetricFilter", "no other API may be called"
        pattern = FilterPattern(params["filterPattern"])
        messages = params["logEventMessages"]
        assert len(messages) <= 50
        matched = [number for number, text in enumerate(messages, 1) if pattern.matches(text) != self._wrong]
        return _Http(), {"matches": [{"eventNumber": number} for number in matched]}


class _Http:
    status_code = 200


@pytest.mark.parametrize("wrong", [False, True])
def test_verify_compares_every_rule_and_example_with_aws(wrong: bool, monkeypatch: pytest.MonkeyPatch):
    aws = _Aws(wrong=wrong)
    monkeypatch.setattr(boto3, "Session", lambda **_: aws)
    shipped = catalog.files()[:2]
    monkeypatch.setattr(catalog, "files", lambda *_: shipped)
    result = run("verify", "--aws", "--json")
    detections = catalog.detections(config_of("dev"))
    events = sum(len(case.events) for file in shipped for case in examples(file))
    patterns = sum(len(each.compiled.event_patterns) + len(catalog.filters(each)) for each in detections)
    answers = json.loads(result.stdout)
    assert len(answers) == patterns * events
    assert all((each["aws"] != each["ours"]) == wrong for each in answers)
    assert result.exit_code == int(wrong)
    assert "Nothing is changed in the account" in result.stderr


def test_verify_without_credentials_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    result = run("verify", "--aws")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "calling AWS failed: Unable to locate credentials" in result.stderr
