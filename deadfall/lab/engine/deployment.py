"""A stack of a Pulumi project, and what can be done with it: preview, up, refresh, destroy."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pulumi.runtime.proto import provider_pb2

from .. import project as projects
from ..project import Project, ProjectError, StackConfig
from ..provider.values import from_struct, to_struct
from . import state as states
from . import urn as urns
from .monitor import Log, serving
from .plugin import PluginError
from .providers import Providers
from .result import DeploymentError, Diagnostic, Event, OnEvent, Result
from .state import ResourceState, StateError
from .update import Update, delete, telling


def _silent(event: Event) -> None:
    pass


class Deployment:
    """One stack of the project in `project_dir`.

    Args:
        project_dir: where Pulumi.yaml is.
        stack: the stack's name; its config is in Pulumi.<stack>.yaml.
        config: values over those of the files, by key, with or without the project's namespace.
        secrets: keys of config that are secret, beside those that the files say are.
        provider_environment: what the provider process gets beside our own environment without its `AWS_…`:
            AWS_ENDPOINT_URL (on this machine), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, maybe AWS_SESSION_TOKEN.
        state: the state file. Secrets are in `<state>.secrets` beside it, readable by its owner only.
        on_event: told of every step, from several threads.
    """

    def __init__(
        self,
        project_dir: Path,
        stack: str,
        *,
        provider_environment: Mapping[str, str],
        state: Path,
        config: Mapping[str, Any] | None = None,
        secrets: Collection[str] = (),
        on_event: OnEvent = _silent,
    ) -> None:
        self._directory = project_dir.resolve()
        self._stack = stack
        self._config = config or {}
        self._secrets = secrets
        self._environment = provider_environment
        self._file = state.resolve()
        self._on_event = on_event

    def preview(self) -> Result:
        """What `up` would do; nothing is changed.

        Raises:
            DeploymentError: the program, or what it asks for, is wrong.
        """
        return self._run(preview=True)

    def up(self) -> Result:
        """Bring everything to what the program says. The state is true also when it fails half-way.

        Raises:
            DeploymentError: the program failed, or something could not be made, changed or deleted.
        """
        return self._run(preview=False)

    def destroy(self) -> Result:
        """Delete everything in the state, each resource before what it depends on. The program is not run.

        Raises:
            DeploymentError: something is protected (then nothing is deleted) or could not be deleted.
        """
        resources = self._load()
        result = Result()
        if protected := [urns.name(r.urn) for r in resources if r.protect and not r.pending_deletion]:
            names = ", ".join(protected)
            raise DeploymentError(f"nothing was destroyed: take `protect` off {names} and update first")
        remaining = list(resources)
        with self._providers(self._directory, resources) as providers:
            try:
                for resource in states.dependents_first(resources):
                    if resource.custom and not resource.retain_on_delete:
                        delete(resource, providers, self._on_event)
                    remaining.remove(resource)
                    result.changes.deleted.append(resource.urn)
            except PluginError as error:
                raise DeploymentError(str(error), result) from None
            finally:
                states.save(self._file, remaining)
        return result

    def refresh(self) -> Result:
        """Bring the state to what is really there. The program is not run.

        Raises:
            DeploymentError: something could not be read.
        """
        resources = self._load()
        result = Result()
        remaining = list(resources)
        with self._providers(self._directory, resources) as providers:
            try:
                for resource in resources:
                    if not resource.custom or resource.type.startswith(urns.PROVIDER_TYPE_PREFIX):
                        continue
                    match _reread(resource, providers, self._on_event):
                        case "gone":
                            remaining.remove(resource)
                            result.changes.deleted.append(resource.urn)
                        case "drifted":
                            result.changes.updated.append(resource.urn)
                        case "same":
                            result.changes.same.append(resource.urn)
            except PluginError as error:
                raise DeploymentError(str(error), result) from None
            finally:
                states.save(self._file, remaining)
        return result

    def _run(self, *, preview: bool) -> Result:
        try:
            project = projects.load(self._directory)
            config = projects.stack_config(project, self._stack, self._config, self._secrets)
        except ProjectError as error:
            raise DeploymentError(str(error)) from None
        old = self._load()
        log = Log()
        with self._providers(project.program, old) as providers:
            update = Update(
                project=project.name,
                directory=project.program,
                stack=self._stack,
                old=old,
                providers=providers,
                preview=preview,
                on_event=self._on_event,
            )
            try:
                with serving(update, log) as address:
                    code, stderr = self._run_program(project, config, address, preview, log)
                    update.wait()
                if not update.failures:
                    for failure in _program_failures(code, stderr, log):
                        update.refuse(failure)
                if not update.failures:
                    update.delete_leftovers()
            finally:
                update.wait()
                if not preview:
                    states.save(self._file, update.new_state())
        result = update.finished()
        result.diagnostics = [d for d in log.diagnostics if d.severity not in ("debug", "error")] + result.diagnostics
        if update.failures:
            raise DeploymentError("; ".join(dict.fromkeys(update.failures)), result)
        return result

    def _run_program(
        self, project: Project, config: StackConfig, address: str, preview: bool, log: Log
    ) -> tuple[int, str]:
        """Run the program to its end: its exit code, and what it wrote to stderr."""
        environment = os.environ | {
            "PULUMI_CONFIG": json.dumps(dict(config.values)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(config.secret_keys)),
        }
        # -P: the program's directory comes first on its import path, not this package's.
        command = [sys.executable, "-P", str(Path(__file__).with_name("program.py")), str(self._directory)]
        command += [str(project.program), address, project.name, self._stack, str(preview).lower()]
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                stdout, stderr = process.communicate()
            except BaseException:
                process.terminate()
                raise
        log.diagnostics += [Diagnostic("info", text.strip()) for text in (stdout, stderr) if text.strip()]
        return process.returncode, stderr

    def _load(self) -> list[ResourceState]:
        try:
            return states.load(self._file)
        except StateError as error:
            raise DeploymentError(str(error)) from None

    @contextmanager
    def _providers(self, directory: Path, resources: list[ResourceState]) -> Iterator[Providers]:
        providers = Providers(directory, self._environment)
        providers.remember(resources)
        try:
            yield providers
        finally:
            providers.stop()


def _program_failures(code: int, stderr: str, log: Log) -> list[str]:
    """Why the program itself failed, if it did: an error that it logs is a failure, whatever its exit code."""
    told = [d.message for d in log.diagnostics if d.severity == "error"]
    if told or code == 0:
        return told
    last = stderr.strip().splitlines()[-1:] or ["it said nothing"]
    return [f"the program ended with exit code {code}: {last[0]}"]


def _reread(resource: ResourceState, providers: Providers, on_event: OnEvent) -> Literal["gone", "drifted", "same"]:
    """Take over how a resource is now. It has drifted if the next update would bring it back to how it was meant."""
    provider, meant = urns.provider_urn(resource.provider), to_struct(resource.inputs)
    request = provider_pb2.ReadRequest(
        id=resource.id, urn=resource.urn, properties=to_struct(resource.outputs), inputs=meant
    )
    with telling(on_event, "read", resource.urn):
        found = providers.call(provider, "Read", request)
    if not found.id:
        return "gone"
    resource.inputs, resource.outputs = from_struct(found.inputs), from_struct(found.properties)
    request = provider_pb2.DiffRequest(
        id=resource.id, urn=resource.urn, olds=found.properties, old_inputs=found.inputs, news=meant
    )
    drifted = providers.call(provider, "Diff", request).changes == provider_pb2.DiffResponse.DIFF_SOME
    return "drifted" if drifted else "same"
