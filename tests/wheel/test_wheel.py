"""A built wheel in a venv of its own and an empty folder: nothing of the checkout is within its reach."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from deadfall.rules import catalog
from tests.conftest import FEW_DETECTIONS, ROOT
from tests.hunt.made import archive, record, user

RULE = """
title: Logging of a trail was stopped
id: 1f6a3f5c-7a5c-4f5e-9b8f-0d9a4bb7d7a1
status: test
level: high
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}
    condition: selection
"""


@dataclass(frozen=True)
class Installed:
    """The venv with the wheel; its dependencies are those of the venv that runs the tests."""

    venv: Path

    @property
    def site(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.venv)}))

    @property
    def program(self) -> Path:
        return self.site / "deadfall" / "program"

    def files(self) -> Set[Path]:
        """The installed files, without the byte code that Python adds."""
        return {file for file in self.site.rglob("*") if file.is_file() and "__pycache__" not in file.parts}

    def run(self, folder: Path, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the venv in a folder, with an environment that names neither the checkout nor an account."""
        environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8", "TMPDIR": str(folder.parent)}
        return subprocess.run(
            [str(self.venv / "bin" / program), *arguments],
            cwd=folder,
            env=environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def deadfall(self, folder: Path, *arguments: str) -> str:
        """Return what `deadfall` prints; it must succeed."""
        ran = self.run(folder, "deadfall", *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Build the wheel and install it. No command may leave a file in the installed packages."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "dist")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "dist").iterdir()
    made = Installed(folder / "venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.venv)], check=True)
    # A .pth file inside this folder is not read, so the editable install of the checkout stays out of reach.
    (made.site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(made.venv / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-compile", "--no-index", "--ignore-installed", str(wheel)], check=True)
    there = made.files()
    yield made
    assert made.files() == there


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_every_package_comes_from_the_wheel(installed: Installed, empty: Path) -> None:
    names = ("deadfall", "responders", "sigma.backends.deadfall")
    found = installed.run(
        empty, "python", "-c", f"import {', '.join(names)}\nfor name in {names}: print(eval(name).__file__)"
    )
    assert found.stderr == ""
    assert found.stdout.split() == [str(installed.site.joinpath(*name.split("."), "__init__.py")) for name in names]
    for name in ("components", "policies", "tests"):
        assert "ModuleNotFoundError" in installed.run(empty, "python", "-c", f"import {name}").stderr


def test_version_and_completion(installed: Installed, empty: Path) -> None:
    assert installed.deadfall(empty, "--version") == "0.1.0\n"
    # What bash runs on Tab; --show-completion would ask for the shell that started the tests.
    variables = {"_DEADFALL_COMPLETE": "complete_bash", "COMP_WORDS": "deadfall ", "COMP_CWORD": "1"}
    completed = installed.run(empty, "deadfall", **variables).stdout.split()
    assert {"demo", "hunt", "lab", "rules"} <= set(completed)


def test_rules(installed: Installed, empty: Path) -> None:
    tried = json.loads(installed.deadfall(empty, "rules", "test", "root_use", "cloudtrail_tampering", "--json"))
    assert {each["rule"] for each in tried} == {"root_use", "cloudtrail_tampering"}
    listed = json.loads(installed.deadfall(empty, "rules", "list", "--json"))
    assert [each["name"] for each in listed] == [file.stem for file in catalog.files()]


def test_rules_import(installed: Installed, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "stopped.yml").write_text(RULE)
    (imported,) = json.loads(installed.deadfall(empty, "rules", "import", str(tmp_path / "rules"), "--json"))
    assert all("compiled" in made for made in imported["back_ends"].values())
    assert 0 < imported["matches"]["records"] < imported["matches"]["of"]


def test_hunt(installed: Installed, empty: Path, tmp_path: Path) -> None:
    archive(tmp_path / "log", [record("cloudtrail", name, user("eve")) for name in ("StopLogging", "GetTrailStatus")])
    found = json.loads(installed.deadfall(empty, "hunt", str(tmp_path / "log"), "--would-contain", "--format", "json"))
    assert [(hit["rule"], hit["event_name"]) for hit in found["hits"]] == [("cloudtrail_tampering", "StopLogging")]


def test_without_rules_there_is_one_sentence(installed: Installed, empty: Path, tmp_path: Path) -> None:
    rules = installed.program / "detections"
    shutil.move(rules, tmp_path / "kept")
    try:
        for verb in (["rules", "test"], ["hunt", str(tmp_path)]):
            refused = installed.run(empty, "deadfall", *verb)
            assert refused.returncode != 0
            assert refused.stdout == ""
            assert refused.stderr == (
                f"error: {rules}: the folder contains no rules (*.yml, *.yaml); restore it or reinstall Deadfall\n"
            )
    finally:
        shutil.move(tmp_path / "kept", rules)


@pytest.mark.slow  # a preview and the policy pack
def test_check(installed: Installed, empty: Path) -> None:
    (empty / "Pulumi.mine.yaml").write_text((installed.program / "Pulumi.minimal.yaml").read_text())
    checked = json.loads(installed.deadfall(empty, "check", "--stack", "mine", "--json"))
    assert (checked["file"], checked["mistakes"]) == ("Pulumi.mine.yaml", 0)
    assert checked["checked"]["guardrails"] > 90


def test_lab(installed: Installed, empty: Path) -> None:
    """The stack minimal with few detections; its file is removed before the fixture compares the files."""
    stack = yaml.safe_load((installed.program / "Pulumi.minimal.yaml").read_text())
    stack["config"]["deadfall:detections"] = {**FEW_DETECTIONS}
    file = installed.program / "Pulumi.few-rules.yaml"
    file.write_text(yaml.safe_dump(stack))
    try:
        installed.deadfall(empty, "lab", "up", "--stack", "few-rules")
        status = json.loads(installed.deadfall(empty, "lab", "status", "--json"))
        assert (status["running"], status["stack"]) == (True, "few-rules")
        assert (empty / "out" / "lab" / "lock").exists()
    finally:
        file.unlink()
        assert installed.deadfall(empty, "lab", "down") == "Stopped the lab in out/lab.\n"
    assert not (empty / "out" / "lab").exists()


@pytest.mark.slow  # deploys the whole stack dev
def test_demo(installed: Installed, empty: Path) -> None:
    assert "One incident, CONTAINED" in installed.deadfall(empty, "demo")
    written = {file.name for file in (empty / "out" / "demo").iterdir()}
    assert written == {"incident.json", "timeline.json", "alert.txt", "report.pdf"}
