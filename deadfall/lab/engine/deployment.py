"""The built-in engine's operations on a stack of a Pulumi project: preview, up, refresh, destroy."""

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
from .monitor import Log, serve
from .plugin import PluginError
from .providers import Providers
from .result import DeploymentError, Diagnostic, Event, OnEvent, Result
from .state import ResourceState, StateError
from .update import Update, delete, report_step


def _silent(event: Event) -> None:
    pass


class Deployment:
    """One stack of the project in `project_dir`.

    Args:
        project_dir: the directory of Pulumi.yaml.
        stack: the stack's name; its config is in Pulumi.<stack>.yaml.
        stack_files: the folder of that file, if it is not the project's.
        config: values that override those of the files, by key, with or without the project's namespace.
        secrets: keys of config that are secret, in addition to those marked in the files.
        provider_environment: variables for the provider process, added to this process's environment without its
            `AWS_…`: AWS_ENDPOINT_URL (on this machine), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and optionally
            AWS_SESSION_TOKEN.
        state: the state file. Secrets are in `<state>.secrets` beside it, readable by its owner only.
        on_event: receives every step, from several threads.
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
        stack_files: Path | None = None,
        on_event: OnEvent = _silent,
    ) -> None:
        self._directory = project_dir.resolve()
        self._stack = stack
        self._stack_files = stack_files
        self._config = config or {}
        self._secrets = secrets
        self._environment = provider_environment
        self._file = state.resolve()
        self._on_event = on_event

    def preview(self) -> Result:
        """Compute what `up` would do, without changing anything.

        Raises:
            DeploymentError: the program failed, or registers something invalid.
        """
        return self._run(preview=True)

    def up(self) -> Result:
        """Deploy the program. The state is accurate even if the deployment fails half-way.

        Raises:
            DeploymentError: the program failed, or a resource could not be created, updated or deleted.
        """
        return self._run(preview=False)

    def destroy(self) -> Result:
        """Delete everything in the state, each resource before its dependencies. The program is not run.

        Raises:
            DeploymentError: a resource is protected (then nothing is deleted) or could not be deleted.
        """
        resources = self._load()
        result = Result()
        if protected := [urns.name(r.urn) for r in resources if r.protect and not r.pending_deletion]:
            names = ", ".join(protected)
            raise DeploymentError(f"nothing was destroyed: remove `protect` from {names} and update first")
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
        """Update the state from the actual resources. The program is not run.

        Raises:
            DeploymentError: a resource could not be read.
        """
        resources = self._load()
        result = Result()
        remaining = list(resources)
        with self._providers(self._directory, resources) as providers:
            try:
                for resource in resources:
                    if not resource.custom or resource.type.startswith(urns.PROVIDER_TYPE_PREFIX):
                        continue
                    match _refresh_resource(resource, providers, self._on_event):
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
            project = projects.load(self._directory, self._stack_files)
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
                with serve(update, log) as address:
                    code, stderr = self._run_program(project, config, address, preview, log)
                    update.wait()
                if not update.failures:
                    for failure in _program_failures(code, stderr, log):
                        update.fail(failure)
                if not update.failures:
                    update.delete_leftovers()
            finally:
                update.wait()
                if not preview:
                    states.save(self._file, update.new_state())
        result = update.finish()
        result.diagnostics = [d for d in log.diagnostics if d.severity not in ("debug", "error")] + result.diagnostics
        if update.failures:
            raise DeploymentError("; ".join(dict.fromkeys(update.failures)), result)
        return result

    def _run_program(
        self, project: Project, config: StackConfig, address: str, preview: bool, log: Log
    ) -> tuple[int, str]:
        """Run the program to its end. Return its exit code and its stderr."""
        environment = os.environ | {
            "PULUMI_CONFIG": json.dumps(dict(config.values)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(config.secret_keys)),
            "no_grpc_proxy": "127.0.0.1",  # the engine is on this machine, whatever proxy the environment names
        }
        # -P: the import path must begin with the program's directory, not with that of program.py.
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
    """Return why the program failed, if it did. An error that it logged is a failure, whatever its exit code."""
    errors = [d.message for d in log.diagnostics if d.severity == "error"]
    if errors or code == 0:
        return errors
    last = stderr.strip().splitlines()[-1:] or ["it printed no error"]
    return [f"the program ended with exit code {code}: {last[0]}"]


def _refresh_resource(
    resource: ResourceState, providers: Providers, on_event: OnEvent
) -> Literal["gone", "drifted", "same"]:
    """Update a resource's state from its actual properties. It has drifted if the next update would change it."""
    provider, wanted = urns.provider_urn(resource.provider), to_struct(resource.inputs)
    request = provider_pb2.ReadRequest(
        id=resource.id, urn=resource.urn, properties=to_struct(resource.outputs), inputs=wanted
    )
    with report_step(on_event, "read", resource.urn):
        read = providers.call(provider, "Read", request)
    if not read.id:
        return "gone"
    resource.inputs, resource.outputs = from_struct(read.inputs), from_struct(read.properties)
    request = provider_pb2.DiffRequest(
        id=resource.id, urn=resource.urn, olds=read.properties, old_inputs=read.inputs, news=wanted
    )
    drifted = providers.call(provider, "Diff", request).changes == provider_pb2.DiffResponse.DIFF_SOME
    return "drifted" if drifted else "same"
