"""A stack of a Pulumi project under the real Pulumi engine: the `pulumi` CLI over the lab's provider.

It has a file backend and a home of its own, runs without questions and without downloads, and leaves the checkout and
the user's own Pulumi alone. The operations are those of the built-in `Deployment`, and the few more that only the real
engine has.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from .. import project as projects
from ..project import Project, ProjectError
from . import pulumi_state
from .pulumi_events import EventReader
from .pulumi_home import PulumiHome, told
from .pulumi_process import Ended, EngineEvent, run_operation
from .result import DeploymentError, Event, OnEvent, Result
from .urn import STACK_TYPE


def _silent(event: Event) -> None:
    pass


class PulumiDeployment:
    """One stack of the project in `project_dir`, under the pulumi CLI that is on PATH.

    The program runs in the virtual environment that Pulumi.yaml names, which must exist.

    Args:
        project_dir: where Pulumi.yaml is.
        stack: the stack's name; its config is in Pulumi.<stack>.yaml.
        config: values over those of the files, by key, with or without the project's namespace.
        secrets: keys of config that are secret, beside those that the files say are.
        provider_environment: what the provider process gets beside our own environment without its `AWS_…`:
            AWS_ENDPOINT_URL (on this machine), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, maybe AWS_SESSION_TOKEN.
        folder: what the CLI keeps: its home, the state (secrets encrypted), and of every operation what it said and
            the engine's events (`logs/`). The passphrase is there too: keep it to its owner.
        on_event: told of every step, from one thread. What it raises kills the operation on the spot.

    Raises:
        DeploymentError: there is no pulumi CLI on PATH.
    """

    def __init__(
        self,
        project_dir: Path,
        stack: str,
        *,
        provider_environment: Mapping[str, str],
        folder: Path,
        config: Mapping[str, Any] | None = None,
        secrets: Collection[str] = (),
        on_event: OnEvent = _silent,
    ) -> None:
        self._directory = project_dir.resolve()
        self._stack = stack
        self._config = config or {}
        self._secrets = secrets
        self._on_event = on_event
        self.provider_environment = provider_environment
        self._home = PulumiHome(folder, stack, provider_environment)
        self.folder = self._home.folder

    @property
    def environment(self) -> dict[str, str]:
        """With it, and started in the project's directory, the CLI works on this stack by hand, once it has been up.

        PATH begins with the folder of the provider and goes on as this process has it.
        """
        own = {k: v for k, v in self._home.environment.items() if k.startswith(("AWS_", "PULUMI_")) or k == "PATH"}
        return {**own, "PULUMI_STACK": self._stack, "PULUMI_OPTION_CONFIG_FILE": str(self._home.config_file)}

    def preview(self, *, policy_pack: Path | None = None, expect_no_changes: bool = False) -> Result:
        """What `up` would do; nothing is changed. Secrets are only known to be such: the CLI does not tell them.

        Raises:
            DeploymentError: the program, or what it asks for, is wrong, violates a mandatory policy, or changes
                something although no changes are expected.
        """
        document, result = self._preview(*_flags(policy_pack, expect_no_changes))
        result.resources = pulumi_state.of_preview(document)
        return result

    def preview_document(self) -> dict[str, Any]:
        """The document that `pulumi preview --json` writes (`pkg/display/json.go` of pulumi/pulumi).

        Raises:
            DeploymentError: as `preview`.
        """
        return self._preview()[0]

    def up(self, *, policy_pack: Path | None = None, expect_no_changes: bool = False) -> Result:
        """Bring everything to what the program says. The state is true also when it fails half-way.

        The CLI previews first: what violates a mandatory policy, or is wrong without asking AWS, stops it before
        anything is made.

        Raises:
            DeploymentError: the program failed, or something could not be made, changed or deleted.
        """
        _, result = self._operate("up", "--yes", *_flags(policy_pack, expect_no_changes))
        result.resources = pulumi_state.resources(self._export("--show-secrets").get("resources", ()))
        result.stack_outputs = next((r.outputs for r in result.resources if r.type == STACK_TYPE), {})
        return result

    def refresh(self, *, clear_pending_creates: bool = False) -> Result:
        """Bring the state to what is really there. The program is not run.

        Args:
            clear_pending_creates: forget the creations that a kill interrupted; those of the resources that exist
                in AWS have to be deleted then.

        Raises:
            DeploymentError: something could not be read.
        """
        return self._operate("refresh", "--yes", *(["--clear-pending-creates"] if clear_pending_creates else []))[1]

    def destroy(self) -> Result:
        """Delete everything in the state, each resource before what it depends on. The program is not run.

        Raises:
            DeploymentError: something is protected (then nothing is deleted) or could not be deleted.
        """
        return self._operate("destroy", "--yes")[1]

    def cancel(self) -> None:
        """Take off the lock that an operation which was killed left on the stack."""
        self._home.query("cancel", "--yes", self._stack)

    def export(self) -> dict[str, Any]:
        """The raw state, as `pulumi stack export` gives it: secrets are encrypted.

        Raises:
            DeploymentError: there is no state yet.
        """
        return self._export()

    def _export(self, *flags: str) -> dict[str, Any]:
        told = self._home.query("stack", "export", "--stack", self._stack, *flags)
        return json.loads(told.stdout)["deployment"]

    def _preview(self, *flags: str) -> tuple[dict[str, Any], Result]:
        ended, result = self._operate("preview", "--json", "--show-sames", *flags)
        return json.loads(ended.stdout), result

    def _operate(self, operation: str, *arguments: str) -> tuple[Ended, Result]:
        project = self._project()
        self._home.prepare(project, self._config, self._secrets)
        command = [self._home.cli, operation, *arguments, "--stack", self._stack]
        command += ["--config-file", str(self._home.config_file), "--non-interactive", "--color", "never"]
        log = self._home.logs / f"{len(list(self._home.logs.glob('*.events.jsonl'))) + 1:03}-{operation}"
        reader = EventReader(preview=operation == "preview", on_event=self._on_event)
        with log.with_suffix(".events.jsonl").open("w") as kept:

            def take(event: EngineEvent) -> None:
                kept.write(json.dumps(event) + "\n")
                reader.take(event)

            ended = run_operation(
                command,
                directory=self._directory,
                environment=self._home.environment,
                pipe=log.with_suffix(".pipe"),
                on_event=take,
            )
        log.with_suffix(".txt").write_text(ended.stdout + ended.stderr)
        result = Result(changes=reader.changes, diagnostics=reader.diagnostics)
        if operation == "preview":
            result.stack_outputs = pulumi_state.plain(dict(reader.stack_outputs))
        if ended.code:
            raise DeploymentError("; ".join(reader.failures) or told(ended), result)
        return ended, result

    def _project(self) -> Project:
        try:
            return projects.load(self._directory)
        except ProjectError as error:
            raise DeploymentError(str(error)) from None


def _flags(policy_pack: Path | None, expect_no_changes: bool) -> list[str]:
    flags = ["--policy-pack", str(policy_pack.resolve())] if policy_pack else []
    return [*flags, "--expect-no-changes"] if expect_no_changes else flags
