"""Every command reads the stack file in the current folder, or else the program's."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deadfall.cli import app
from deadfall.stack_files import PROJECT, config_of, folder_of
from deadfall.stack_lab import daemon_spec


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, detections: str) -> None:
    text = (PROJECT / "Pulumi.dev.yaml").read_text()
    assert "deadfall:detections" not in text
    Path(f"Pulumi.{name}.yaml").write_text(f"{text}  deadfall:detections: {detections}\n")


def test_the_current_folder_comes_before_the_program(folder: Path):
    assert folder_of("dev") == PROJECT
    shutil.copy(PROJECT / "Pulumi.dev.yaml", folder)
    assert folder_of("dev") == folder
    assert folder_of("prod") == PROJECT
    assert folder_of("nowhere") == folder


def test_config_and_the_lab_use_the_same_file(folder: Path):
    write("mine", "{console_login_without_mfa: none}")
    assert config_of("mine").detections == {"console_login_without_mfa": "none"}
    stack = daemon_spec("mine").stack
    assert (stack.project, stack.stack_files) == (str(PROJECT), str(folder))
    assert daemon_spec("dev").stack.stack_files == str(PROJECT)


def test_commands_on_rules_use_the_file():
    def responses(*arguments: str) -> dict[str, str]:
        listed = CliRunner().invoke(app, ["rules", "list", "--json", *arguments])
        return {row["name"]: row["response"] for row in json.loads(listed.stdout)}

    shipped = responses()
    write("dev", "{console_login_without_mfa: none}")
    write("mine", "{console_login_without_mfa: observe}")
    assert shipped["console_login_without_mfa"] not in ("none", "observe")
    assert responses() == {**shipped, "console_login_without_mfa": "none"}
    assert responses("--stack", "mine") == {**shipped, "console_login_without_mfa": "observe"}


def test_a_stack_without_a_file_is_one_sentence(folder: Path):
    result = CliRunner().invoke(app, ["rules", "list", "--stack", "nowhere"])
    assert result.exit_code == 2
    assert result.stderr.replace("\n", " ").strip() == f"error: there is no Pulumi.nowhere.yaml in {folder}"
