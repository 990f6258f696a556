"""Starting, crashing and stopping labs: nothing of them remains, and nothing else is touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deadfall import cli
from deadfall.cli import lab as lab_commands
from deadfall.config import ConfigError
from deadfall.config_problem import Problem
from deadfall.lab.daemon import lifecycle
from deadfall.lab.daemon.folder import LabError
from tests.lab.conftest import eventually

from .conftest import StandingLab, needs_proc

LabIn = Callable[[str], StandingLab]


def running(lab: StandingLab, module: str) -> list[int]:
    """The lab's processes that run a Python module."""
    return [pid for pid in lab.processes() if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]


def deploying(lab: StandingLab) -> subprocess.Popen[str]:
    """An `up` that is in the middle of its first deployment."""
    up = lab.start("up", "--stack", "minimal")
    eventually(lambda: lab.status().get("deploying"), "the deployment")
    eventually(lambda: running(lab, "deadfall.lab.provider"), "its providers")
    return up


def gone(lab: StandingLab) -> bool:
    return not lab.folder.path.exists() and not lab.processes()


@needs_proc
def test_two_labs_and_the_ways_one_can_end(standing: StandingLab, lab_in: LabIn):
    other = lab_in("other")
    other.up("--stack", "minimal")
    mine, theirs = standing.status(), other.status()
    assert (mine["stack"], theirs["stack"]) == ("dev", "minimal")
    assert mine["endpoint"] != theirs["endpoint"]
    other.person("visitor").read()
    other.incident_of("visitor", "CONTAINED")
    assert standing.person("admin").client("iam").get_user(UserName="admin")["User"]["UserName"] == "admin"

    os.kill(other.supervisor(), signal.SIGKILL)
    eventually(lambda: not other.processes(), "nothing left but files")
    said = other.run("status")
    assert said.exit_code == 1
    assert said.stdout.startswith(f"The lab in {other.folder.path} has crashed: ")
    assert other.status() == {"running": False, "why": said.stdout.rstrip("\n")}
    assert other.run("feed").stderr.startswith(f"error: The lab in {other.folder.path} has crashed: ")

    other.up_without_stack()  # over what is left of the dead one
    assert other.status()["incidents"] == []
    other.person("visitor").client("sts").get_caller_identity()

    with other.start("feed", "-f") as following:
        assert following.stdout is not None
        assert "GetCallerIdentity" in following.stdout.readline()
        os.kill(other.supervisor(), signal.SIGTERM)
        _, complaint = following.communicate()
    assert (following.returncode, complaint) == (0, f"The lab in {other.folder.path} has ended.\n")
    eventually(lambda: gone(other), "the end")
    assert other.says("down") == f"No lab is running in {other.folder.path}; `deadfall lab up` starts one.\n"
    assert standing.status()["endpoint"] == mine["endpoint"]


@needs_proc
def test_down_ends_a_lab_that_does_not_answer(lab_in: LabIn):
    lab = lab_in("lab")
    lab.up_without_stack()
    os.kill(lab.supervisor(), signal.SIGSTOP)
    assert lifecycle.down(lab.folder, seconds=0.5) is True
    eventually(lambda: gone(lab), "the end")


@needs_proc
def test_down_ends_a_lab_and_says_so(lab_in: LabIn):
    lab = lab_in("lab")
    (lab.folder.temporary / "left").mkdir(parents=True)  # by a process of a lab that was killed
    lab.up_without_stack()
    assert lab.says("down") == f"Stopped the lab in {lab.folder.path}.\n"
    eventually(lambda: gone(lab), "the end")


def _interrupt(up: subprocess.Popen[str], lab: StandingLab) -> None:
    up.send_signal(signal.SIGINT)


def _terminate_supervisor(up: subprocess.Popen[str], lab: StandingLab) -> None:
    os.kill(lab.supervisor(), signal.SIGTERM)


def _kill_supervisor(up: subprocess.Popen[str], lab: StandingLab) -> None:
    os.kill(lab.supervisor(), signal.SIGKILL)


def _kill_emulator(up: subprocess.Popen[str], lab: StandingLab) -> None:
    (emulator,) = running(lab, "deadfall.lab.server")
    os.kill(emulator, signal.SIGKILL)


@needs_proc
@pytest.mark.parametrize(
    ("end", "code", "sentence"),
    [
        (_interrupt, 130, "Interrupted.\n"),
        (_terminate_supervisor, 1, "error: The lab in {folder} has ended."),
        (_kill_supervisor, 1, "error: The lab in {folder} has ended."),
        (_kill_emulator, 1, "error: The lab's server ended with exit code -9."),
    ],
)
def test_a_lab_that_dies_in_its_first_deployment_leaves_nothing(
    lab_in: LabIn,
    end: Callable[[subprocess.Popen[str], StandingLab], None],
    code: int,
    sentence: str,
):
    lab = lab_in("lab")
    with deploying(lab) as up:
        end(up, lab)
        _, complaint = up.communicate()
    assert up.returncode == code
    assert complaint.startswith(sentence.format(folder=lab.folder.path))
    assert "Traceback" not in complaint
    eventually(lambda: gone(lab), "the end")


def test_a_stranger_who_has_the_dead_labs_process_id_is_left_alone(lab_in: LabIn):
    lab = lab_in("lab")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as stranger:
        lab.folder.make()
        lab.folder.lock.write_text(str(stranger.pid))
        assert lab.run("status").stdout.startswith(f"The lab in {lab.folder.path} has crashed: ")
        assert lab.says("down") == f"Stopped the lab in {lab.folder.path}.\n"
        assert stranger.poll() is None
        stranger.communicate(b"\n")
    assert stranger.returncode == 0
    assert not lab.folder.path.exists()


def test_somebody_elses_folder_is_refused(lab_in: LabIn, monkeypatch: pytest.MonkeyPatch):
    folder = lab_in("theirs").folder
    folder.path.mkdir(mode=0o755)
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(LabError, match=r"theirs belongs to another user; choose another folder with --folder\.$"):
        folder.make()
    assert (folder.path.stat().st_mode & 0o777, list(folder.path.iterdir())) == (0o755, [])


def test_a_lab_takes_and_removes_only_what_is_its_own(lab_in: LabIn):
    lab = lab_in("somebody's")
    lab.folder.path.mkdir()
    note = lab.folder.path / "note"
    note.write_text("mine")
    refused = lab.run("up")
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"error: {lab.folder.path} is not empty and does not belong to a lab; choose another folder with --folder.\n",
    )
    assert lab.says("down").startswith("No lab is running in ")
    assert [path.name for path in lab.folder.path.iterdir()] == ["note"]

    lab.folder.lock.touch()
    assert lab.says("down") == f"Stopped the lab in {lab.folder.path}.\n"
    assert [path.name for path in lab.folder.path.iterdir()] == ["note"]


def test_where_no_folder_can_be_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    lab = StandingLab(tmp_path / "file" / "lab")
    refused = lab.run("up")
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"error: {lab.folder.path} cannot be used as the lab's folder (Not a directory); "
        "choose another with --folder.\n",
    )
    assert lab.run("status").exit_code == 1
    assert lab.says("down").startswith("No lab is running in ")


def test_what_is_wrong_with_the_stack_is_said_before_anything_starts(lab_in: LabIn, monkeypatch: pytest.MonkeyPatch):
    lab = lab_in("lab")
    refused = lab.run("up", "--stack", "nope")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("error: there is no Pulumi.nope.yaml in ")

    def wrong(stack: str) -> None:
        raise ConfigError([Problem.of(("regions",), "is missing; set it")])

    monkeypatch.setattr(lab_commands, "daemon_spec", wrong)
    result = CliRunner().invoke(cli.app, ["lab", "up", "--folder", str(lab.folder.path)])
    assert (result.exit_code, result.stderr) == (1, "error: deadfall:regions: is missing; set it\n")
    assert not lab.folder.path.exists()
