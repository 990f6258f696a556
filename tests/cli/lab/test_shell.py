"""A shell in the lab reaches only the lab, whatever the caller's environment and start-up files contain."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

from .conftest import DEADFALL, StandingLab, environment

REAL = {
    "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
}
EXPORTS = "".join(f"export {name}={value}\n" for name, value in REAL.items()) + "export PATH=/usr/bin:/bin\n"
WHO = "python -c \"import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])\"\n"


def shell(lab: StandingLab, program: str, script: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEADFALL, "lab", "shell", *arguments],
        env=environment(lab.folder.path, SHELL=program, HOME=str(home), **REAL),
        input=script,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "sh"])
def test_a_shell_is_somebody_in_the_lab(standing: StandingLab, tmp_path: Path, name: str):
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"needs {name}")
    (tmp_path / ".config" / "fish").mkdir(parents=True)
    for file in (".bashrc", ".zshrc", ".config/fish/config.fish"):
        (tmp_path / file).write_text(EXPORTS)
    done = shell(standing, program, f"env\n{WHO}exit 3\n", tmp_path, "--as", "admin")
    assert "arn:aws:iam::111122223333:user/admin" in done.stdout.splitlines()
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith(("AWS_", "DEADFALL_")))
    assert seen == {
        "AWS_CONFIG_FILE": str(standing.folder.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_PROFILE": "admin",
        "AWS_ENDPOINT_URL": standing.status()["endpoint"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "DEADFALL_LAB": str(standing.folder.path),
    }
    assert done.returncode == 3


@pytest.mark.parametrize(("name", "prompt"), [("bash", "PS1"), ("zsh", "PROMPT"), ("sh", "PS1")])
def test_the_prompt_says_where_one_is(standing: StandingLab, tmp_path: Path, name: str, prompt: str):
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"needs {name}")
    done = shell(standing, program, f'echo "<${prompt}>"\n', tmp_path)
    assert "<(lab visitor) " in done.stdout


def test_a_shell_finds_the_commands_about_its_lab(standing: StandingLab, tmp_path: Path):
    done = shell(standing, "/bin/sh", "deadfall lab status | grep endpoint\n", tmp_path)
    assert standing.status()["endpoint"] in done.stdout


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="needs the pulumi CLI on PATH")
def test_pulumi_by_hand_works_on_the_labs_stack(lab_in: Callable[[str], StandingLab], tmp_path: Path):
    lab = lab_in("lab")
    lab.up("--stack", "minimal", "--engine", "pulumi")
    config = (ROOT / "Pulumi.minimal.yaml").read_bytes()
    script = f"cd {ROOT}\nexport PULUMI_CONFIG_PASSPHRASE=mine\npulumi preview --expect-no-changes || exit 4\n"
    done = shell(lab, "/bin/sh", f"{script}pulumi stack ls\n{WHO}", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "minimal*" in done.stdout
    assert "arn:aws:iam::111122223333:user/visitor" in done.stdout.splitlines()  # the deploy role is pulumi's alone
    assert (ROOT / "Pulumi.minimal.yaml").read_bytes() == config


def test_nobody_else_can_be_had(standing: StandingLab, tmp_path: Path):
    done = shell(standing, "/bin/sh", "", tmp_path, "--as", "root")
    assert done.returncode == 1
    assert done.stderr.startswith("error: There is no profile 'root'; choose one of admin, visitor, ")
