"""The demo tells its story from what happened, and refuses with one sentence."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from deadfall import cli
from deadfall.config import ConfigError
from deadfall.config_problem import Problem
from deadfall.demo import play, story
from deadfall.demo.play import demo


def test_the_story_is_played_and_kept(tmp_path: Path):
    shown = StringIO()
    demo(tmp_path, Console(file=shown, width=120))

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "alert.txt",
        "incident.json",
        "report.pdf",
        "timeline.json",
    ]
    incident = json.loads((tmp_path / "incident.json").read_text())
    assert incident["status"] == "CONTAINED"
    assert incident["principal"]["name"] == "ci-deployer"
    assert incident["paths"].keys() == {"E", "L"}

    moments = [moment["what"] for moment in json.loads((tmp_path / "timeline.json").read_text())]
    steps = ("calls GetSecretValue", "CloudTrail has", "event path:", "contained", "denied by IAM")
    order = [next(i for i, what in enumerate(moments) if step in what) for step in steps]
    assert order == sorted(order)
    assert ["log path: the alarm" in what for what in moments[-3:]] == [True, False, False]
    assert moments[-2].startswith("mail to oncall@example.com: ALARM: ")
    assert moments[-1] == "log path: the responder finds the same event; one incident"

    rows = [line for line in shown.getvalue().splitlines() if " path: " in line and "│" in line]
    facts = [[cell.strip() for cell in row.strip("│").split("│")][2:] for row in rows]
    assert facts == [["yes"] * 4, ["no"] * 4, ["yes"] * 4]

    alert = (tmp_path / "alert.txt").read_text()
    assert alert.startswith("To: soc@example.com\nSubject: [CONTAINED] ")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "with an explicit deny in an identity-based policy" in " ".join(shown.getvalue().split())


def test_what_cannot_be_done_is_one_sentence_and_an_exit_status(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def refused(*_: object) -> None:
        raise ConfigError([Problem.of(("regions",), "is missing; set it")])

    monkeypatch.setattr(play, "demo", refused)
    result = CliRunner().invoke(cli.app, ["demo", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output.strip() == "error: deadfall:regions: is missing; set it"


@pytest.mark.parametrize(("found", "whole"), [(["decrypt"], False), (["decrypt", "read"], True), (["read"], True)])
def test_it_waits_until_the_log_path_reports_the_read_itself(found: list[str], whole: bool):
    """AWS's own Decrypt, in the same incident, has none of the caller's facts."""
    paths = {"E": {"event_ids": ["read"]}, "L": {"event_ids": found}}
    assert story._reported_by_both({"what": {"event_id": "read"}, "paths": paths}) is whole
    assert not story._reported_by_both({"what": {"event_id": "read"}, "paths": {"E": paths["E"]}})
