"""A running lab shared by all tests that leave it running, and the command line as a user runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from typer.testing import CliRunner, Result

from deadfall.cli import app
from deadfall.lab.daemon.folder import LabFolder
from tests.lab.conftest import eventually

SECRET = "prod/billing/postgres"
_UP_WITHOUT_STACK = """
import sys
from pathlib import Path
from deadfall.lab.daemon import lifecycle
from deadfall.lab.daemon.folder import LabFolder
from deadfall.stack_lab import daemon_spec

lifecycle._deploy = lambda folder, spec, begin, on_event: {}
lifecycle.up(LabFolder(Path(sys.argv[1])), "minimal", None, daemon_spec, print, print)
"""
DEADFALL = [sys.executable, "-c", "from deadfall.cli import app; app()"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """For a child process."""
    return {**os.environ, **_variables(folder), **more}


def _variables(folder: Path) -> dict[str, str]:
    """The terminal is wide enough that no line is folded."""
    return {"DEADFALL_LAB": str(folder), "COLUMNS": "200"}


class StandingLab:
    """A lab's folder, and the commands about it."""

    def __init__(self, path: Path) -> None:
        self.folder = LabFolder(path)

    def run(self, *arguments: str) -> Result:
        """A command, in this process."""
        return CliRunner().invoke(app, ["lab", *arguments], env=_variables(self.folder.path))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*DEADFALL, "lab", *arguments],
            env=environment(self.folder.path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def up(self, *arguments: str) -> str:
        """Start it, or deploy into it, in a process that ends before it does."""
        with self.start("up", *arguments) as up:
            said, complaint = up.communicate()
        assert (up.returncode, complaint) == (0, "")
        return said

    def up_without_stack(self) -> None:
        """Start it without deploying."""
        subprocess.run(
            [sys.executable, "-c", _UP_WITHOUT_STACK, str(self.folder.path)],
            check=True,
        )

    def says(self, *arguments: str) -> str:
        """Run a command that must succeed and return its output."""
        done = self.run(*arguments)
        assert (done.exit_code, done.stderr) == (0, "")
        return done.stdout

    def status(self) -> dict[str, Any]:
        return json.loads(self.run("status", "--json").stdout)

    def feed(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.says("feed", "--json", *arguments).splitlines()]

    def visitor(self, name: str) -> "Person":
        self.says("visitor", name)
        return self.person(name)

    def person(self, profile: str) -> "Person":
        return Person(self.folder.aws_config, profile)

    def incident_of(self, who: str, status: str) -> dict[str, Any]:
        """The newest: the deployer has one for every deployment that reads a decoy."""

        def look() -> list[dict[str, Any]]:
            return [i for i in self.status()["incidents"] if (i["who"], i["status"]) == (who, status)]

        return eventually(look, f"an incident of {who}, {status}")[-1]

    def processes(self) -> set[int]:
        """Every process that was started for this lab, by the folder for its temporary files."""
        return {pid for pid in _all_processes() if _in_lab(pid, self.folder.temporary)}

    def supervisor(self) -> int:
        process = self.folder.process_id()
        assert process is not None
        return process


class Person:
    """A user who has only a profile in the lab's profile file."""

    def __init__(self, file: Path, profile: str) -> None:
        variables: Any = {
            "config_file": (None, None, str(file), None),
            "credentials_file": (None, None, os.devnull, None),
        }
        core = botocore.session.Session(session_vars=variables)
        core.set_config_variable("profile", profile)
        self.session = boto3.Session(botocore_session=core)

    def client(self, service: str) -> Any:
        return self.session.client(service)

    def read(self, secret: str = SECRET) -> str:
        return self.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]


def _all_processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _in_lab(pid: int, temporary: Path) -> bool:
    try:
        return os.fsencode(temporary) in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # it has just ended
        return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see processes")


@pytest.fixture
def lab_in(tmp_path: Path) -> Iterator[Callable[[str], StandingLab]]:
    """Labs of the test's own, ended with it."""
    made: list[StandingLab] = []

    def lab(name: str) -> StandingLab:
        made.append(StandingLab(tmp_path / name))
        return made[-1]

    yield lab
    for each in made:
        each.run("down")


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandingLab]:
    """One running lab, its path longer than the address of a socket may be."""
    lab = StandingLab(tmp_path_factory.mktemp("standing") / ("deep" * 20) / "lab")
    try:
        lab.up()
    except BaseException:  # a lab outlives an `up` that is broken off
        lab.run("down")
        raise
    yield lab
    assert lab.says("down") == f"Stopped the lab in {lab.folder.path}.\n"
    assert not lab.folder.path.exists()
