"""A private place for the pulumi CLI: its home, its backend, the provider on its PATH, the stack's config.

Nothing is written into the checkout. The CLI writes the salt of its encryption and the encrypted secrets into the
stack's config file: so it gets one of its own, with what the checkout's file says.
"""

import json
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from .. import project as projects
from ..project import Project, ProjectError
from .pulumi_process import Ended, run
from .result import DeploymentError

_PACKAGE_ROOT = Path(__file__).parents[3]
_SETTINGS = {
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DEBUG_COMMANDS": "true",  # only then there is --event-log
}


class PulumiHome:
    """Where one stack of one project lives for the CLI.

    Args:
        folder: private to this stack; what is not there yet is made.
        provider_environment: what the provider gets beside our own environment without its `AWS_…` and `PULUMI_…`.

    Raises:
        DeploymentError: there is no pulumi CLI.
    """

    def __init__(self, folder: Path, stack: str, provider_environment: Mapping[str, str]) -> None:
        found = shutil.which("pulumi")
        if found is None:
            raise DeploymentError(
                "engine pulumi needs the pulumi CLI on PATH; install it "
                "(https://www.pulumi.com/docs/iac/download-install/), or use the engine builtin"
            )
        self.cli = found
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self._stack = stack
        self._project = self.folder / "project"
        self.config_file = self._project / f"Pulumi.{stack}.yaml"
        self._written: str | None = None
        for part in ("bin", "home", "logs", "project", "state"):
            (self.folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        passphrase = self.folder / "passphrase"
        if not passphrase.exists():
            passphrase.touch(0o600)
            passphrase.write_text(secrets.token_hex(32))
        self._write_provider()
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
        self.environment = {
            **inherited,
            **provider_environment,
            **_SETTINGS,
            "PATH": os.pathsep.join([str(self.folder / "bin"), os.environ.get("PATH", "")]),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase),
        }

    def prepare(self, project: Project, overrides: Mapping[str, Any], secret_keys: Collection[str]) -> None:
        """Make the stack if it is not there yet, and bring its config to what the checkout and the overrides say.

        Raises:
            DeploymentError: the stack file is wrong, or the program's virtual environment is missing.
        """
        if project.virtualenv and not project.virtualenv.exists():  # the CLI would make an empty one in the checkout
            raise DeploymentError(
                f"engine pulumi runs the program in the virtual environment that Pulumi.yaml names, and there is no "
                f"{project.virtualenv}: make it first, with `make .venv/installed` in a checkout (an installed package "
                "has none), or use the engine builtin"
            )
        try:
            values, secret = projects.stack_values(project, self._stack, overrides, secret_keys)
        except ProjectError as error:
            raise DeploymentError(str(error)) from None
        meant = json.dumps([values, sorted(secret)])
        if self._written == meant:
            return
        if not self.config_file.exists():
            # A project of the same name: the stack is the same to the backend.
            (self._project / "Pulumi.yaml").write_text(yaml.safe_dump({"name": project.name, "runtime": "python"}))
            self.query("stack", "init", self._stack)
        salt = {k: v for k, v in yaml.safe_load(self.config_file.read_text()).items() if k != "config"}
        plain = {key: value for key, value in values.items() if key not in secret}
        self.config_file.write_text(yaml.safe_dump({**salt, "config": plain}))
        for key in sorted(secret & values.keys()):
            self.query("config", "set", "--secret", key, "--stack", self._stack, stdin=str(values[key]))
        self._written = meant

    def query(self, *arguments: str, stdin: str = "") -> Ended:
        """Run a command that neither reads the program nor changes the account.

        Raises:
            DeploymentError: it failed.
        """
        command: Sequence[str] = (self.cli, *arguments, "--non-interactive", "--color", "never")
        ended = run(command, directory=self._project, environment=self.environment, stdin=stdin)
        if ended.code:
            raise DeploymentError(told(ended))
        return ended

    def _write_provider(self) -> None:
        """The provider as an executable of the name that Pulumi looks for."""
        provider = self.folder / "bin" / "pulumi-resource-aws"
        python = shlex.quote(sys.executable)
        # -P: not the `deadfall` of the directory in which Pulumi starts it, but this one.
        provider.write_text(
            f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(_PACKAGE_ROOT))} exec {python} -P -m deadfall.lab.provider "$@"\n'
        )
        provider.chmod(0o700)


def told(ended: Ended) -> str:
    """What a failed command said on its way out, in one line."""
    said = ended.stderr.splitlines()
    errors = [line.removeprefix("error: ").strip() for line in said if line.startswith("error: ")]
    return "; ".join(dict.fromkeys(errors)) or " ".join(ended.stderr.split()) or f"pulumi: exit code {ended.code}"
