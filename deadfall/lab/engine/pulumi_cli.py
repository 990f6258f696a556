"""A stack of a Pulumi project deployed by the real Pulumi engine: the `pulumi` CLI with the lab's provider.

The CLI has its own file backend and home, prompts for nothing, downloads nothing, and touches neither the checkout nor
the user's own Pulumi. The operations are those of the built-in `Deployment`, plus a few that only the real engine has.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from .. import project as projects
from ..project import Project, ProjectError
from . import pulumi_state
from .pulumi_events import EventReader
from .pulumi_home import PulumiHome, describe_failure
from .pulumi_process import CompletedCommand, EngineEvent, run_operation
from .result import DeploymentError, Event, OnEvent, Result
from .urn import STACK_TYPE


def _silent(event: Event) -> None:
    pass


class PulumiDeployment:
    """One stack of the project in `project_dir`, deployed by the pulumi CLI on PATH.

    The program runs in the virtual environment that Pulumi.yaml names, which must exist.

    Args:
        project_dir: the directory of Pulumi.yaml.
        stack: the stack's name; its config is in Pulumi.<stack>.yaml.
        stack_files: the folder of that file, if it is not the project's.
        config: values that override those of the files, by key, with or without the project's namespace.
        secrets: keys of config that are secret, in addition to those marked in the files.
        provider_environment: variables for the provider process, added to this process's environment without its
            `AWS_…`: AWS_ENDPOINT_URL (on this machine), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and optionally
            AWS_SESSION_TOKEN.
        folder: the CLI's files: its home, the state (secrets encrypted), and the output and engine events of every
            operation (`logs/`). It also contains the passphrase: allow only its owner to read it.
        on_event: receives every step, from one thread. An exception that it raises kills the operation at once.

    Raises:
        DeploymentError: the pulumi CLI is not on PATH.
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
        stack_files: Path | None = None,
        on_event: OnEvent = _silent,
    ) -> None:
        self._directory = project_dir.resolve()
        self._stack = stack
        self._stack_files = stack_files
        self._config = config or {}
        self._secrets = secrets
        self._on_event = on_event
        self.provider_environment = provider_environment
        self._home = PulumiHome(folder, stack, provider_environment)
        self.folder = self._home.folder

    @property
    def environment(self) -> dict[str, str]:
        """The variables for running the CLI on this stack manually, in the project's directory and after an `up`.

        PATH is that of this process, prefixed with the folder of the provider.
        """
        own = {k: v for k, v in self._home.environment.items() if k.startswith(("AWS_", "PULUMI_")) or k == "PATH"}
        return {**own, "PULUMI_STACK": self._stack, "PULUMI_OPTION_CONFIG_FILE": str(self._home.config_file)}

    def preview(self, *, policy_pack: Path | None = None, expect_no_changes: bool = False) -> Result:
        """Compute what `up` would do, without changing anything. The CLI hides the values of secrets.

        Raises:
            DeploymentError: the program failed, registers something invalid, violates a mandatory policy, or changes
                something although no changes are expected.
        """
        document, result = self._preview(*_flags(policy_pack, expect_no_changes))
        result.resources = pulumi_state.of_preview(document)
        return result

    def preview_document(self) -> dict[str, Any]:
        """Return the document that `pulumi preview --json` writes (`pkg/display/json.go` of pulumi/pulumi).

        Raises:
            DeploymentError: see `preview`.
        """
        return self._preview()[0]

    def up(self, *, policy_pack: Path | None = None, expect_no_changes: bool = False) -> Result:
        """Deploy the program. The state is accurate even if the deployment fails half-way.

        The CLI previews first: a violation of a mandatory policy, or an error that shows without calling AWS, stops it
        before anything is created.

        Raises:
            DeploymentError: the program failed, or a resource could not be created, updated or deleted.
        """
        _, result = self._operate("up", "--yes", *_flags(policy_pack, expect_no_changes))
        result.resources = pulumi_state.resources(self._export("--show-secrets").get("resources", ()))
        result.stack_outputs = next((r.outputs for r in result.resources if r.type == STACK_TYPE), {})
        return result

    def refresh(self, *, clear_pending_creates: bool = False) -> Result:
        """Update the state from the actual resources. The program is not run.

        Args:
            clear_pending_creates: drop creations that a kill interrupted from the state; the caller has to delete
                those resources that exist in AWS.

        Raises:
            DeploymentError: a resource could not be read.
        """
        return self._operate("refresh", "--yes", *(["--clear-pending-creates"] if clear_pending_creates else []))[1]

    def destroy(self) -> Result:
        """Delete everything in the state, each resource before its dependencies. The program is not run.

        Raises:
            DeploymentError: a resource is protected (then nothing is deleted) or could not be deleted.
        """
        return self._operate("destroy", "--yes")[1]

    def cancel(self) -> None:
        """Remove the lock that a killed operation left on the stack."""
        self._home.query("cancel", "--yes", self._stack)

    def export(self) -> dict[str, Any]:
        """Return the raw state as `pulumi stack export` writes it, with secrets encrypted.

        Raises:
            DeploymentError: there is no state yet.
        """
        return self._export()

    def _export(self, *flags: str) -> dict[str, Any]:
        exported = self._home.query("stack", "export", "--stack", self._stack, *flags)
        return json.loads(exported.stdout)["deployment"]

    def _preview(self, *flags: str) -> tuple[dict[str, Any], Result]:
        completed, result = self._operate("preview", "--json", "--show-sames", *flags)
        return json.loads(completed.stdout), result

    def _operate(self, operation: str, *arguments: str) -> tuple[CompletedCommand, Result]:
        project = self._project()
        self._home.prepare(project, self._config, self._secrets)
        command = [self._home.cli, operation, *arguments, "--stack", self._stack]
        command += ["--config-file", str(self._home.config_file), "--non-interactive", "--color", "never"]
        log = self._home.logs / f"{len(list(self._home.logs.glob('*.events.jsonl'))) + 1:03}-{operation}"
        reader = EventReader(preview=operation == "preview", on_event=self._on_event)
        with log.with_suffix(".events.jsonl").open("w") as event_log:

            def on_event(event: EngineEvent) -> None:
                event_log.write(json.dumps(event) + "\n")
                reader.process(event)

            completed = run_operation(
                command,
                directory=self._directory,
                environment=self._home.environment,
                pipe=log.with_suffix(".pipe"),
                on_event=on_event,
            )
        log.with_suffix(".txt").write_text(completed.stdout + completed.stderr)
        result = Result(changes=reader.changes, diagnostics=reader.diagnostics)
        if operation == "preview":
            result.stack_outputs = pulumi_state.plain(dict(reader.stack_outputs))
        if completed.code:
            raise DeploymentError("; ".join(reader.failures) or describe_failure(completed), result)
        return completed, result

    def _project(self) -> Project:
        try:
            return projects.load(self._directory, self._stack_files)
        except ProjectError as error:
            raise DeploymentError(str(error)) from None


def _flags(policy_pack: Path | None, expect_no_changes: bool) -> list[str]:
    flags = ["--policy-pack", str(policy_pack.resolve())] if policy_pack else []
    return [*flags, "--expect-no-changes"] if expect_no_changes else flags
