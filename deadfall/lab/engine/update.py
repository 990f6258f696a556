"""One preview or update: what the program registers against what the state has, step by step through the provider."""

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import provider_pb2, resource_pb2

from ..provider.archive import ArchiveError, hashed
from ..provider.schema import AUTONAMES
from ..provider.values import UNKNOWN, from_struct, secret, to_struct
from . import urn as urns
from .plugin import HalfMadeError, PluginError
from .providers import Providers
from .result import Diagnostic, Event, OnEvent, Resource, Result
from .state import ResourceState, dependents_first

_SOME = provider_pb2.DiffResponse.DIFF_SOME
_AWS_PROVIDER = f"{urns.PROVIDER_TYPE_PREFIX}aws"


class RefusedError(Exception):
    """A registration that cannot be done; the text is one sentence."""


class Update:
    """The resources of one run of the program in `directory`. Registrations come in concurrently, one thread each.

    Attributes:
        resources: the new state, by URN. In a preview it is what would be there.
        failures: why the update failed, first failure first; empty while all is well.
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
        self._gone: set[str] = set()  # deleted already, so that a resource before them can be replaced
        self._registered: dict[str, Resource | None] = {}
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._running = 0
        self.resources: dict[str, ResourceState] = {}
        self.failures: list[str] = []
        self.result = Result()

    # What the program asks for

    def register(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        """Create, update, replace or keep a resource.

        Raises:
            RefusedError: it cannot be done; the reason is among `failures` now.
        """
        with self._step():
            urn, old = self._claim(request)
            if not request.custom:
                state = self._component(urn, request, old)
            elif request.type.startswith(urns.PROVIDER_TYPE_PREFIX):
                state = self._provider(urn, request, old)
            else:
                state = self._custom(urn, request, old)
            state.outputs = _with_secret_outputs(state.outputs, request)
            with self._lock:
                self.resources[urn] = state
                self._registered[urn] = _registered(urn, request, state)
                if old is not None:
                    del self._old[old.urn]
            return resource_pb2.RegisterResourceResponse(urn=urn, id=state.id, object=to_struct(state.outputs))

    def register_outputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> None:
        """Take the outputs of a component, or of the stack."""
        outputs = from_struct(request.outputs)
        with self._lock:
            self.resources[request.urn].outputs = outputs
            known = self._registered[request.urn]
            if known is not None:
                self._registered[request.urn] = replace(known, outputs=outputs)
            if urns.type_chain(request.urn) == urns.STACK_TYPE:
                self.result.stack_outputs = outputs

    def refuse(self, message: str) -> None:
        """Fail the update."""
        with self._lock:
            self.failures.append(message)
            self.result.diagnostics.append(Diagnostic("error", message))

    # The end

    def wait(self) -> None:
        """Wait for the registrations that are still being worked on: the program may have died without waiting."""
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0)

    def delete_leftovers(self) -> None:
        """Delete what was replaced, and what the program no longer has."""
        leftovers = [*self._to_delete, *(r for r in self._old.values() if r.urn not in self._gone)]
        for resource in dependents_first(leftovers):
            if resource.protect and not resource.pending_deletion:
                name = urns.name(resource.urn)
                self.refuse(f"{name} is protected: take `protect` off it before it is removed from the program")
                return
            try:
                self._delete(resource)
            except PluginError as error:
                self.refuse(str(error))
                return
            if not resource.pending_deletion:
                self.result.changes.deleted.append(resource.urn)

    def new_state(self) -> list[ResourceState]:
        """What is there now: the new resources, and the old ones that nobody came to or that are yet to be deleted."""
        untouched = [r for r in self._old.values() if r.urn not in self._gone]
        return [*self.resources.values(), *untouched, *self._to_delete]

    def finished(self) -> Result:
        self.result.resources = [resource for resource in self._registered.values() if resource is not None]
        return self.result

    # Steps

    @contextmanager
    def _step(self) -> Iterator[None]:
        with self._lock:
            if self.failures:
                raise RefusedError("the deployment has failed already")
            self._running += 1
        try:
            yield
        except (RefusedError, PluginError) as error:
            self.refuse(str(error))
            raise RefusedError(str(error)) from None
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _claim(self, request: resource_pb2.RegisterResourceRequest) -> tuple[str, ResourceState | None]:
        """The URN, once everything that the registration refers to is known to be there; and the resource as it was,
        under this URN or one that it had before."""
        with self._lock:
            if request.parent and request.parent not in self.resources:
                raise RefusedError(f"{request.name}: its parent {request.parent} is not registered")
            urn = urns.make(self._stack, self._project, request.parent, request.type, request.name)
            if urn in self._registered:
                raise RefusedError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
            of_properties = {u for deps in request.propertyDependencies.values() for u in deps.urns}
            for dependency in sorted({*request.dependencies, *of_properties}):
                if dependency not in self.resources:
                    raise RefusedError(f"{request.name}: it depends on {dependency}, which is not registered")
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
                    raise RefusedError(f"{request.name}: the built-in engine cannot do {option}")
            self._registered[urn] = None
            known = (self._old.get(u) for u in (urn, *request.aliasURNs) if u not in self._gone)
            return urn, next(filter(None, known), None)

    def _component(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, old: ResourceState | None
    ) -> ResourceState:
        inputs = from_struct(request.object)
        state = _state(urn, request, inputs)
        state.outputs = inputs
        self._note("same" if old and old.inputs == inputs else "update" if old else "create", urn)
        return state

    def _provider(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, old: ResourceState | None
    ) -> ResourceState:
        if request.type != _AWS_PROVIDER:
            raise RefusedError(f"{request.name}: the lab has no provider {request.type}, only {_AWS_PROVIDER}")
        inputs = from_struct(request.object)
        if request.version:  # as Pulumi's engine does, so that another version shows as a change
            inputs["version"] = request.version
        self._providers.configure(urn, inputs)
        state = _state(urn, request, inputs)
        state.outputs = inputs
        state.id = old.id if old else "" if self._preview else str(uuid.uuid4())
        self._note("same" if old and old.inputs == inputs else "update" if old else "create", urn)
        return state

    def _custom(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, old: ResourceState | None
    ) -> ResourceState:
        provider = urns.provider_urn(request.provider)
        if not provider:
            raise RefusedError(f"{request.name}: it has no provider, and the built-in engine has no default ones")
        with self._lock:
            if provider not in self.resources:
                raise RefusedError(f"{request.name}: its provider {provider} is not registered")
            replaced_already = {urn, *request.aliasURNs} & self._gone
        try:
            sent = hashed(from_struct(request.object), self._directory)
        except ArchiveError as error:
            raise RefusedError(f"{request.name}: {error}") from None
        if old is not None:
            sent = _ignoring(request, sent, old)
        inputs = self._checked(urn, provider, old.inputs if old else {}, sent)
        state = _state(urn, request, inputs)
        if old is None:
            return self._create(state, "replace" if replaced_already else "create")
        diff = self._diff(old, state, request.ignoreChanges)
        other_provider = urns.provider_urn(old.provider) != provider
        if not other_provider and not (diff.changes == _SOME and diff.replaces):
            state.id = old.id
            if diff.changes != _SOME and not old.init_errors:
                state.outputs = old.outputs
                self._note("same", urn)
                return state
            return self._update(old, state)
        if old.protect:
            why = ", ".join(diff.replaces) or "provider"
            raise RefusedError(
                f"{request.name} is protected, but a change of {why} replaces it: take `protect` off it first"
            )
        state.inputs = self._checked(urn, provider, {}, sent)  # a made-up name must be a new one
        first = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else diff.deleteBeforeReplace
        if first:
            self._delete_with_dependents(old)
            return self._create(state, "replace")
        try:
            return self._create(state, "replace")
        finally:
            if state.id or self._preview:  # even if only half made: there are two of them now
                with self._lock:
                    self._to_delete.append(replace(old, pending_deletion=True))
                    self._gone.add(old.urn)

    def _create(self, state: ResourceState, action: Any) -> ResourceState:
        request = provider_pb2.CreateRequest(urn=state.urn, properties=to_struct(state.inputs), preview=self._preview)
        try:
            with self._telling(action, state.urn):
                made = self._ask(state.provider, "Create", request)
        except HalfMadeError as error:
            state.id, state.outputs, state.init_errors = error.id, error.outputs, [str(error)]
            with self._lock:
                self.resources[state.urn] = state
            raise
        state.id, state.outputs = made.id, from_struct(made.properties)
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
        with self._telling("update", state.urn):
            updated = self._ask(state.provider, "Update", request)
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
        """Delete a resource that must go before its successor comes, and first what cannot live without it.

        As in Pulumi's engine: a dependent goes too if its provider says that not knowing the properties that depend on
        the resource would replace it.
        """
        going = {old.urn: old}
        with self._lock:
            candidates = list(self._old.values())
        for resource in candidates:
            unknown = {
                key: UNKNOWN
                for key, deps in resource.property_dependencies.items()
                if not going.keys().isdisjoint(deps)
            }
            if unknown and resource.custom and resource.urn not in going:
                supposed = replace(resource, inputs=resource.inputs | unknown)
                if self._diff(resource, supposed, ()).replaces:
                    going[resource.urn] = resource
        for resource in dependents_first(going.values()):
            if resource.protect:
                raise RefusedError(
                    f"{urns.name(resource.urn)} is protected, but must be replaced: take `protect` off it"
                )
            self._delete(resource)

    def _checked(self, urn: str, provider: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        request = provider_pb2.CheckRequest(
            urn=urn, olds=to_struct(olds), news=to_struct(news), randomSeed=uuid.uuid4().bytes
        )
        checked = self._providers.call(provider, "Check", request)
        if checked.failures:
            token = urns.type_chain(urn).rpartition("$")[2]
            raise RefusedError(f"{urns.name(urn)} ({token}): " + "; ".join(f.reason for f in checked.failures))
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
        return self._ask(new.provider, "Diff", request)

    # Bookkeeping

    def _ask(self, provider: str, method: str, request: Any) -> Any:
        return self._providers.call(urns.provider_urn(provider), method, request)

    @contextmanager
    def _telling(self, action: Any, urn: str) -> Iterator[None]:
        with telling(self._on_event, action, urn):
            yield
        self._note(action, urn)

    def _note(self, action: str, urn: str) -> None:
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
def telling(on_event: OnEvent, action: Any, urn: str) -> Iterator[None]:
    """Tell that a step starts, and how it ends."""
    on_event(Event("started", action, urn))
    start = time.monotonic()
    try:
        yield
    except PluginError:
        on_event(Event("failed", action, urn, time.monotonic() - start))
        raise
    on_event(Event("done", action, urn, time.monotonic() - start))


def delete(resource: ResourceState, providers: Providers, on_event: OnEvent) -> None:
    """Have a resource deleted by its provider. A provider itself is only forgotten.

    Raises:
        PluginError: it is still there.
    """
    if resource.type.startswith(urns.PROVIDER_TYPE_PREFIX):
        return
    request = provider_pb2.DeleteRequest(
        id=resource.id,
        urn=resource.urn,
        properties=to_struct(resource.outputs),
        old_inputs=to_struct(resource.inputs),
    )
    with telling(on_event, "delete", resource.urn):
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


def _ignoring(
    request: resource_pb2.RegisterResourceRequest, sent: Mapping[str, Any], old: ResourceState
) -> dict[str, Any]:
    """The inputs with those of `ignore_changes` as they were."""
    for path in request.ignoreChanges:
        if not path.isidentifier():
            raise RefusedError(f"{request.name}: the built-in engine takes only whole properties in ignore_changes")
    kept = {path: old.inputs[path] for path in request.ignoreChanges if path in old.inputs}
    return {key: value for key, value in sent.items() if key not in request.ignoreChanges} | kept


def _with_secret_outputs(outputs: Mapping[str, Any], request: resource_pb2.RegisterResourceRequest) -> dict[str, Any]:
    return {key: secret(v) if key in request.additionalSecretOutputs else v for key, v in outputs.items()}


def _registered(urn: str, request: resource_pb2.RegisterResourceRequest, state: ResourceState) -> Resource:
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
