"""The private folder of the pulumi CLI: its home, its backend, the provider on its PATH, the stack's config.

Nothing is written into the checkout. The CLI writes its encryption salt and the encrypted secrets into the stack's
config file, so it works on a copy of the checkout's file.
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
from .pulumi_process import CompletedCommand, run
from .result import DeploymentError

_PACKAGE_ROOT = Path(__file__).parents[3]
_SETTINGS = {
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DEBUG_COMMANDS": "true",  # required for --event-log
}


class PulumiHome:
    """The CLI's environment and files for one stack of one project.

    Args:
        folder: a folder only for this stack; missing parts are created.
        provider_environment: variables for the provider, added to this process's environment without its `AWS_…` and
            `PULUMI_…`.

    Raises:
        DeploymentError: the pulumi CLI is not on PATH.
    """

    def __init__(self, folder: Path, stack: str, provider_environment: Mapping[str, str]) -> None:
        found = shutil.which("pulumi")
        if found is None:
            raise DeploymentError(
                "engine pulumi: there is no pulumi CLI on PATH; install it "
                "(https://www.pulumi.com/docs/iac/download-install/), or use engine builtin"
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
        """Create the stack if necessary, and update its config from the checkout and the overrides.

        Raises:
            DeploymentError: the stack file is invalid, or the program's virtual environment is missing.
        """
        if project.virtualenv and not project.virtualenv.exists():  # the CLI would create an empty one in the checkout
            raise DeploymentError(
                f"engine pulumi: the virtual environment that Pulumi.yaml names, {project.virtualenv}, does not exist; "
                "create it with `make .venv/installed` in a checkout (an installed package has none), "
                "or use engine builtin"
            )
        try:
            values, secret = projects.stack_values(project, self._stack, overrides, secret_keys)
        except ProjectError as error:
            raise DeploymentError(str(error)) from None
        wanted = json.dumps([values, sorted(secret)])
        if self._written == wanted:
            return
        if not self.config_file.exists():
            # The backend identifies a stack by the name of its project.
            (self._project / "Pulumi.yaml").write_text(yaml.safe_dump({"name": project.name, "runtime": "python"}))
            self.query("stack", "init", self._stack)
        salt = {k: v for k, v in yaml.safe_load(self.config_file.read_text()).items() if k != "config"}
        plain = {key: value for key, value in values.items() if key not in secret}
        self.config_file.write_text(yaml.safe_dump({**salt, "config": plain}))
        for key in sorted(secret & values.keys()):
            self.query("config", "set", "--secret", key, "--stack", self._stack, stdin=str(values[key]))
        self._written = wanted

    def query(self, *arguments: str, stdin: str = "") -> CompletedCommand:
        """Run a command that neither reads the program nor changes the account.

        Raises:
            DeploymentError: the command failed.
        """
        command: Sequence[str] = (self.cli, *arguments, "--non-interactive", "--color", "never")
        completed = run(command, directory=self._project, environment=self.environment, stdin=stdin)
        if completed.code:
            raise DeploymentError(describe_failure(completed))
        return completed

    def _write_provider(self) -> None:
        """Write the provider as an executable with the name that Pulumi looks up."""
        provider = self.folder / "bin" / "pulumi-resource-aws"
        python = shlex.quote(sys.executable)
        # -P: import this `deadfall`, not one in the directory in which Pulumi starts the provider.
        provider.write_text(
            f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(_PACKAGE_ROOT))} exec {python} -P -m deadfall.lab.provider "$@"\n'
        )
        provider.chmod(0o700)


def describe_failure(failed: CompletedCommand) -> str:
    """Return a failed command's errors in one line."""
    lines = failed.stderr.splitlines()
    errors = [line.removeprefix("error: ").strip() for line in lines if line.startswith("error: ")]
    return "; ".join(dict.fromkeys(errors)) or " ".join(failed.stderr.split()) or f"pulumi: exit code {failed.code}"
