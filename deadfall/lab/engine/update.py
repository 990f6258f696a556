"""One preview or update: apply the program's registrations to the state, step by step, through the provider."""

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import provider_pb2, resource_pb2

from ..provider.archive import ArchiveError, add_hashes
from ..provider.schema import AUTONAMES
from ..provider.values import UNKNOWN, from_struct, secret, to_struct
from . import urn as urns
from .plugin import PartialCreationError, PluginError
from .providers import Providers
from .result import Diagnostic, Event, OnEvent, Resource, Result
from .state import ResourceState, dependents_first

_SOME = provider_pb2.DiffResponse.DIFF_SOME
_AWS_PROVIDER = f"{urns.PROVIDER_TYPE_PREFIX}aws"


class RegistrationError(Exception):
    """A registration was rejected or failed; the text is one sentence."""


class Update:
    """The resources of one run of the program in `directory`. Registrations run concurrently, one thread each.

    Attributes:
        resources: the new state, by URN. In a preview, the state that an update would produce.
        failures: why the update failed, in order of occurrence; empty if it has not failed.
    """

    def __init__(
        self,
        *,
        project: str,
        directory: Path,
        stack: str,
        old: list[ResourceState],
        providers: Providers,
        preview: bool,
        on_event: OnEvent,
    ) -> None:
        self._project, self._directory, self._stack, self._preview = project, directory, stack, preview
        self._providers, self._on_event = providers, on_event
        self._old = {resource.urn: resource for resource in old if not resource.pending_deletion}
        self._to_delete = [resource for resource in old if resource.pending_deletion]
        self._gone: set[str] = set()  # deleted early, because a dependency had to be replaced
        self._registered: dict[str, Resource | None] = {}
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._running = 0
        self.resources: dict[str, ResourceState] = {}
        self.failures: list[str] = []
        self.result = Result()

    # Registrations

    def register(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        """Create, update or replace a resource, or leave it unchanged.

        Raises:
            RegistrationError: the registration was rejected or failed; `failures` has the reason.
        """
        with self._step():
            urn, old = self._validate(request)
            if not request.custom:
                state = self._component(urn, request, old)
            elif request.type.startswith(urns.PROVIDER_TYPE_PREFIX):
                state = self._provider(urn, request, old)
            else:
                state = self._custom(urn, request, old)
            state.outputs = _with_secret_outputs(state.outputs, request)
            with self._lock:
                self.resources[urn] = state
                self._registered[urn] = _as_registered(urn, request, state)
                if old is not None:
                    del self._old[old.urn]
            return resource_pb2.RegisterResourceResponse(urn=urn, id=state.id, object=to_struct(state.outputs))

    def register_outputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> None:
        """Record the outputs of a component or of the stack."""
        outputs = from_struct(request.outputs)
        with self._lock:
            self.resources[request.urn].outputs = outputs
            known = self._registered[request.urn]
            if known is not None:
                self._registered[request.urn] = replace(known, outputs=outputs)
            if urns.type_chain(request.urn) == urns.STACK_TYPE:
                self.result.stack_outputs = outputs

    def fail(self, message: str) -> None:
        """Record a failure of the update."""
        with self._lock:
            self.failures.append(message)
            self.result.diagnostics.append(Diagnostic("error", message))

    # After the program

    def wait(self) -> None:
        """Wait for running registrations: the program may have died before they finished."""
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0)

    def delete_leftovers(self) -> None:
        """Delete replaced resources, and those that the program no longer registers."""
        leftovers = [*self._to_delete, *(r for r in self._old.values() if r.urn not in self._gone)]
        for resource in dependents_first(leftovers):
            if resource.protect and not resource.pending_deletion:
                name = urns.name(resource.urn)
                self.fail(f"{name} is protected: remove `protect` from it before removing it from the program")
                return
            try:
                self._delete(resource)
            except PluginError as error:
                self.fail(str(error))
                return
            if not resource.pending_deletion:
                self.result.changes.deleted.append(resource.urn)

    def new_state(self) -> list[ResourceState]:
        """Return the new resources, and the old ones that the update did not reach or has not deleted yet."""
        untouched = [r for r in self._old.values() if r.urn not in self._gone]
        return [*self.resources.values(), *untouched, *self._to_delete]

    def finish(self) -> Result:
        """Return the result of the update."""
        self.result.resources = [resource for resource in self._registered.values() if resource is not None]
        return self.result

    # Steps

    @contextmanager
    def _step(self) -> Iterator[None]:
        with self._lock:
            if self.failures:
                raise RegistrationError("the deployment has failed already")
            self._running += 1
        try:
            yield
        except (RegistrationError, PluginError) as error:
            self.fail(str(error))
            raise RegistrationError(str(error)) from None
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _validate(self, request: resource_pb2.RegisterResourceRequest) -> tuple[str, ResourceState | None]:
        """Validate the registration's references and options. Return its URN, and the old state under this URN or
        one of its aliases."""
        with self._lock:
            if request.parent and request.parent not in self.resources:
                raise RegistrationError(f"{request.name}: its parent {request.parent} is not registered")
            urn = urns.make(self._stack, self._project, request.parent, request.type, request.name)
            if urn in self._registered:
                raise RegistrationError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
            of_properties = {u for deps in request.propertyDependencies.values() for u in deps.urns}
            for dependency in sorted({*request.dependencies, *of_properties}):
                if dependency not in self.resources:
                    raise RegistrationError(f"{request.name}: its dependency {dependency} is not registered")
            for option, used in {
                "import_": request.importId,
                "remote components": request.remote,
                "replace_on_changes": request.replaceOnChanges,
                "replace_with": request.replace_with,
                "replacement_trigger": request.HasField("replacement_trigger"),
                "deleted_with": request.deletedWith,
                "custom_timeouts": request.customTimeouts.ByteSize(),
            }.items():
                if used:
                    raise RegistrationError(f"{request.name}: the built-in engine does not support {option}")
            self._registered[urn] = None
            known = (self._old.get(u) for u in (urn, *request.aliasURNs) if u not in self._gone)
            return urn, next(filter(None, known), None)

    def _component(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, old: ResourceState | None
    ) -> ResourceState:
        inputs = from_struct(request.object)
        state = _state(urn, request, inputs)
        state.outputs = inputs
        self._record_change("same" if old and old.inputs == inputs else "update" if old else "create", urn)
        return state

    def _provider(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, old: ResourceState | None
    ) -> ResourceState:
        if request.type != _AWS_PROVIDER:
            raise RegistrationError(f"{request.name}: the lab has no provider {request.type}, only {_AWS_PROVIDER}")
        inputs = from_struct(request.object)
        if request.version:  # as in Pulumi's engine, so that another version is a change
            inputs["version"] = request.version
        self._providers.configure(urn, inputs)
        state = _state(urn, request, inputs)
        state.outputs = inputs
        state.id = old.id if old else "" if self._preview else str(uuid.uuid4())
        self._record_change("same" if old and old.inputs == inputs else "update" if old else "create", urn)
        return state

    def _custom(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, old: ResourceState | None
    ) -> ResourceState:
        provider = urns.provider_urn(request.provider)
        if not provider:
            raise RegistrationError(
                f"{request.name}: it has no provider, and the built-in engine has no default providers"
            )
        with self._lock:
            if provider not in self.resources:
                raise RegistrationError(f"{request.name}: its provider {provider} is not registered")
            replaced_already = {urn, *request.aliasURNs} & self._gone
        try:
            sent = add_hashes(from_struct(request.object), self._directory)
        except ArchiveError as error:
            raise RegistrationError(f"{request.name}: {error}") from None
        if old is not None:
            sent = _apply_ignore_changes(request, sent, old)
        inputs = self._check(urn, provider, old.inputs if old else {}, sent)
        state = _state(urn, request, inputs)
        if old is None:
            return self._create(state, "replace" if replaced_already else "create")
        diff = self._diff(old, state, request.ignoreChanges)
        other_provider = urns.provider_urn(old.provider) != provider
        if not other_provider and not (diff.changes == _SOME and diff.replaces):
            state.id = old.id
            if diff.changes != _SOME and not old.init_errors:
                state.outputs = old.outputs
                self._record_change("same", urn)
                return state
            return self._update(old, state)
        if old.protect:
            why = ", ".join(diff.replaces) or "provider"
            raise RegistrationError(
                f"{request.name} is protected, but a change of {why} replaces it: remove `protect` from it first"
            )
        state.inputs = self._check(urn, provider, {}, sent)  # a generated name must be a new one
        first = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else diff.deleteBeforeReplace
        if first:
            self._delete_with_dependents(old)
            return self._create(state, "replace")
        try:
            return self._create(state, "replace")
        finally:
            if state.id or self._preview:  # even if incomplete: both resources exist now
                with self._lock:
                    self._to_delete.append(replace(old, pending_deletion=True))
                    self._gone.add(old.urn)

    def _create(self, state: ResourceState, action: Any) -> ResourceState:
        request = provider_pb2.CreateRequest(urn=state.urn, properties=to_struct(state.inputs), preview=self._preview)
        try:
            with self._report_step(action, state.urn):
                created = self._call_provider(state.provider, "Create", request)
        except PartialCreationError as error:
            state.id, state.outputs, state.init_errors = error.id, error.outputs, [str(error)]
            with self._lock:
                self.resources[state.urn] = state
            raise
        state.id, state.outputs = created.id, from_struct(created.properties)
        return state

    def _update(self, old: ResourceState, state: ResourceState) -> ResourceState:
        request = provider_pb2.UpdateRequest(
            id=old.id,
            urn=state.urn,
            olds=to_struct(old.outputs),
            news=to_struct(state.inputs),
            old_inputs=to_struct(old.inputs),
            preview=self._preview,
        )
        with self._report_step("update", state.urn):
            updated = self._call_provider(state.provider, "Update", request)
        state.outputs = from_struct(updated.properties)
        return state

    def _delete(self, resource: ResourceState) -> None:
        if not self._preview and resource.custom and not resource.retain_on_delete:
            delete(resource, self._providers, self._on_event)
        with self._lock:
            if resource.pending_deletion:
                self._to_delete.remove(resource)
            else:
                self._gone.add(resource.urn)

    def _delete_with_dependents(self, old: ResourceState) -> None:
        """Delete a resource before its replacement is created, after the dependents that need it.

        As in Pulumi's engine, a dependent is deleted too if its provider would replace it once the properties that
        depend on the resource are unknown.
        """
        doomed = {old.urn: old}
        with self._lock:
            candidates = list(self._old.values())
        for resource in candidates:
            unknown = {
                key: UNKNOWN
                for key, deps in resource.property_dependencies.items()
                if not doomed.keys().isdisjoint(deps)
            }
            if unknown and resource.custom and resource.urn not in doomed:
                hypothetical = replace(resource, inputs=resource.inputs | unknown)
                if self._diff(resource, hypothetical, ()).replaces:
                    doomed[resource.urn] = resource
        for resource in dependents_first(doomed.values()):
            if resource.protect:
                raise RegistrationError(
                    f"{urns.name(resource.urn)} is protected, but must be replaced: remove `protect` from it"
                )
            self._delete(resource)

    def _check(self, urn: str, provider: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        request = provider_pb2.CheckRequest(
            urn=urn, olds=to_struct(olds), news=to_struct(news), randomSeed=uuid.uuid4().bytes
        )
        checked = self._providers.call(provider, "Check", request)
        if checked.failures:
            token = urns.type_chain(urn).rpartition("$")[2]
            raise RegistrationError(f"{urns.name(urn)} ({token}): " + "; ".join(f.reason for f in checked.failures))
        return from_struct(checked.inputs)

    def _diff(self, old: ResourceState, new: ResourceState, ignored: Any) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            id=old.id,
            urn=new.urn,
            olds=to_struct(old.outputs),
            news=to_struct(new.inputs),
            old_inputs=to_struct(old.inputs),
            ignoreChanges=ignored,
        )
        return self._call_provider(new.provider, "Diff", request)

    # Reporting

    def _call_provider(self, provider: str, method: str, request: Any) -> Any:
        return self._providers.call(urns.provider_urn(provider), method, request)

    @contextmanager
    def _report_step(self, action: Any, urn: str) -> Iterator[None]:
        with report_step(self._on_event, action, urn):
            yield
        self._record_change(action, urn)

    def _record_change(self, action: str, urn: str) -> None:
        changes = self.result.changes
        lists = {
            "create": changes.created,
            "update": changes.updated,
            "replace": changes.replaced,
            "same": changes.same,
        }
        with self._lock:
            lists[action].append(urn)


@contextmanager
def report_step(on_event: OnEvent, action: Any, urn: str) -> Iterator[None]:
    """Report the start of a step, and its end or failure."""
    on_event(Event("started", action, urn))
    start = time.monotonic()
    try:
        yield
    except PluginError:
        on_event(Event("failed", action, urn, time.monotonic() - start))
        raise
    on_event(Event("done", action, urn, time.monotonic() - start))


def delete(resource: ResourceState, providers: Providers, on_event: OnEvent) -> None:
    """Delete a resource through its provider. A provider resource itself needs no deletion.

    Raises:
        PluginError: the deletion failed.
    """
    if resource.type.startswith(urns.PROVIDER_TYPE_PREFIX):
        return
    request = provider_pb2.DeleteRequest(
        id=resource.id,
        urn=resource.urn,
        properties=to_struct(resource.outputs),
        old_inputs=to_struct(resource.inputs),
    )
    with report_step(on_event, "delete", resource.urn):
        providers.call(urns.provider_urn(resource.provider), "Delete", request)


def _state(urn: str, request: resource_pb2.RegisterResourceRequest, inputs: dict[str, Any]) -> ResourceState:
    return ResourceState(
        urn=urn,
        type=request.type,
        custom=request.custom,
        parent=request.parent,
        provider=request.provider,
        inputs=inputs,
        dependencies=sorted(request.dependencies),
        property_dependencies={key: sorted(deps.urns) for key, deps in sorted(request.propertyDependencies.items())},
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
    )


def _apply_ignore_changes(
    request: resource_pb2.RegisterResourceRequest, sent: Mapping[str, Any], old: ResourceState
) -> dict[str, Any]:
    """Return the inputs, with the old values of the properties in `ignore_changes`."""
    for path in request.ignoreChanges:
        if not path.isidentifier():
            raise RegistrationError(
                f"{request.name}: the built-in engine supports only whole properties in ignore_changes"
            )
    unchanged = {path: old.inputs[path] for path in request.ignoreChanges if path in old.inputs}
    return {key: value for key, value in sent.items() if key not in request.ignoreChanges} | unchanged


def _with_secret_outputs(outputs: Mapping[str, Any], request: resource_pb2.RegisterResourceRequest) -> dict[str, Any]:
    return {key: secret(v) if key in request.additionalSecretOutputs else v for key, v in outputs.items()}


def _as_registered(urn: str, request: resource_pb2.RegisterResourceRequest, state: ResourceState) -> Resource:
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        provider=request.provider,
        id=state.id,
        inputs={key: value for key, value in state.inputs.items() if key != AUTONAMES},
        outputs=state.outputs,
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={key: tuple(sorted(d.urns)) for key, d in sorted(request.propertyDependencies.items())},
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        ignore_changes=tuple(request.ignoreChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(request.aliasURNs),
    )
