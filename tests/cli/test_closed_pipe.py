"""A reader that closes the pipe, such as `head`, ends a command quietly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

COMMAND = [sys.executable, "-c", "from deadfall.cli import app; app()"]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'policies'}"}


def run(*arguments: str, errors_too: bool = False) -> tuple[int, str]:
    """Run the command with a pipe that nobody reads; return its exit status and its standard error."""
    read, write = os.pipe()
    os.close(read)
    try:
        stderr = write if errors_too else subprocess.PIPE
        ended = subprocess.run(
            [*COMMAND, *arguments], stdout=write, stderr=stderr, env=ENVIRONMENT, cwd=ROOT, text=True, check=False
        )
    finally:
        os.close(write)
    return ended.returncode, ended.stderr or ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("rules", "--help"),
        ("rules", "list"),
        ("rules", "list", "--json"),
        ("rules", "show", "root_use"),
        ("deploy-role", "--stack", "minimal"),
    ],
    ids=" ".join,
)
def test_it_ends_without_a_word(arguments: tuple[str, ...]):
    code, errors = run(*arguments)
    assert code == 141
    assert not any(word in errors for word in ("Broken pipe", "Traceback", "Exception ignored", "error:"))


def test_a_verb_that_reports_system_errors_does_not_report_this_one(tmp_path: Path):
    code, errors = run("lab", "status", "--json", "--folder", str(tmp_path / "lab"))
    assert (code, errors) == (141, "")


def test_standard_error_in_the_same_pipe():
    assert run("rules", "list", errors_too=True)[0] == 141


def test_a_reader_that_takes_all_changes_nothing():
    ended = subprocess.run([*COMMAND, "rules", "list"], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert ended.returncode == 0 and "root_use" in ended.stdout
