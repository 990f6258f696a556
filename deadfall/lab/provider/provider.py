"""The gRPC service: implements Pulumi's ResourceProvider protocol with the resource types."""

# ruff: noqa: N802 the protocol defines the names of the methods

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NoReturn

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from . import configuration, schema
from .archive import ArchiveError
from .aws import Aws
from .configuration import Configuration, ConfigurationError
from .error_hints import hint
from .resource_type import Change, ResourceType, is_gone
from .resource_types import RESOURCE_TYPES
from .values import UNKNOWN, from_struct, has_secret, has_unknown, reveal, secret, to_struct

VERSION = version("pulumi_aws")

_UNCHANGED, _CHANGED = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
_WITH_A_SENTENCE = (BotoCoreError, ArchiveError, TimeoutError, ValueError)  # their text is already a sentence


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process: configured once, then called for many resources concurrently."""

    def __init__(self) -> None:
        self._configuration: Configuration | None = None

    # Plugin metadata

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.GetSchemaResponse:
        # pulumi_aws itself has the types; only programs in YAML need a schema.
        return provider_pb2.GetSchemaResponse(schema=f'{{"name":"aws","version":"{VERSION}"}}')

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    # Configuration

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return _check_response(from_struct(request.news), configuration.problems(from_struct(request.news)))

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        changed = sorted(key for key in old.keys() | new.keys() if reveal(old.get(key)) != reveal(new.get(key)))
        return provider_pb2.DiffResponse(changes=_CHANGED if changed else _UNCHANGED, diffs=changed)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        try:
            self._configuration = configuration.configure(from_struct(request.args), f"pulumi-aws/{VERSION}")
        except ConfigurationError as error:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, str(error))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    # Functions (none)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the lab has no function {request.tok}")

    def Call(self, request: provider_pb2.CallRequest, context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the lab has no method {request.tok}")

    # Resources

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Resolve references, reject properties that the type does not have, generate a name where none is given."""
        resource_type = _resource_type(request.urn, context)
        news, olds = _dereference_all(from_struct(request.news)), from_struct(request.olds)
        found = list(schema.problems(resource_type.schema, reveal(news)))
        if not found:
            news = schema.add_names(resource_type.schema, news, reveal(olds), _name(request.urn), request.randomSeed)
        return _check_response(news, found)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        resource_type = _resource_type(request.urn, context)
        old, new, state = (from_struct(s) for s in (request.old_inputs, request.news, request.olds))
        changed = [key for key in schema.changes(resource_type.schema, old, new) if key not in request.ignoreChanges]
        tags_differ = resource_type.taggable and self._all_tags(reveal(new)) != reveal(state).get("tagsAll", {})
        if tags_differ and "tags" not in request.ignoreChanges:
            changed.append("tagsAll")
        if resource_type.regional:
            changed = [key for key in changed if key != "region"]
            if self._region(new) != self._region(state):
                changed.append("region")
        replaces = [key for key in changed if key in resource_type.schema and resource_type.schema[key].replaces]
        kept_names = [
            key
            for key, prop in resource_type.schema.items()
            if prop.autoname and key not in changed and key not in new.get(schema.AUTONAMES, ())
        ]
        return provider_pb2.DiffResponse(
            changes=_CHANGED if changed else _UNCHANGED,
            diffs=changed,
            replaces=replaces,
            # Two resources cannot have the same physical name, so the old one must be deleted first.
            deleteBeforeReplace=bool(replaces and kept_names),
        )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        resource_type = _resource_type(request.urn, context)
        inputs = from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(self._preview_outputs(resource_type, {}, inputs)))
        plain = self._plain(resource_type, inputs)
        aws = self._aws(inputs)
        with _abort_on_error(context, "creating", request.urn):
            id, created = resource_type.create(aws, plain)
        try:
            later = frozenset(key for key in resource_type.set_after_creation if plain.get(key) not in (None, {}))
            if later:
                resource_type.update(aws, id, Change({}, plain, later))
            observed = resource_type.read(aws, id, plain) or {}
        except Exception as error:
            # The resource exists, but is incomplete: the engine must record it and update it next time. The recorded
            # state contains only the region, so that the next update sets everything.
            state = {"region": aws.region} if resource_type.regional else {}
            _abort_incomplete(context, id, state, inputs, _describe_error("creating", request.urn, error))
        outputs = self._outputs(resource_type, inputs, {**plain, **created, **observed}, aws)
        return provider_pb2.CreateResponse(id=id, properties=to_struct(outputs))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """Return the resource's current properties; an empty response if it no longer exists."""
        resource_type = _resource_type(request.urn, context)
        state, inputs = from_struct(request.properties), from_struct(request.inputs)
        if not state and not inputs:
            name = _name(request.urn)
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name}: the lab cannot import or look up resources")
        aws = self._aws(state)
        with _abort_on_error(context, "reading", request.urn):
            observed = resource_type.read(aws, request.id, reveal(state))
        if observed is None:
            return provider_pb2.ReadResponse()
        if resource_type.taggable:
            defaults = self._configured().default_tags.items()
            own = {key: value for key, value in observed["tagsAll"].items() if (key, value) not in defaults}
            if own or "tags" in inputs:
                observed["tags"] = own
        drifted = schema.changes(resource_type.schema, inputs, {**inputs, **_known(observed, inputs)})
        inputs = {
            key: secret(observed[key])
            if key in drifted and has_secret(value)
            else observed[key]
            if key in drifted
            else value
            for key, value in inputs.items()
        }
        outputs = self._outputs(resource_type, inputs, {**reveal(state), **observed}, aws)
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(outputs), inputs=to_struct(inputs))

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        resource_type = _resource_type(request.urn, context)
        state, inputs = from_struct(request.olds), from_struct(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(
                properties=to_struct(self._preview_outputs(resource_type, state, inputs))
            )
        aws, old, plain = self._aws(state), reveal(state), self._plain(resource_type, inputs)
        given = from_struct(request.old_inputs).keys() | inputs.keys()  # values that AWS added are no changes
        changed = set(schema.changes(resource_type.schema, old, plain)) & given - {"tags", "region"}
        if plain.get("tagsAll", {}) != old.get("tagsAll", {}):
            changed.add("tagsAll")
        with _abort_on_error(context, "updating", request.urn):
            resource_type.update(aws, request.id, Change(old, plain, frozenset(changed)))
            observed = resource_type.read(aws, request.id, plain) or {}
        kept = {key: old[key] for key in (*resource_type.outputs, *resource_type.secret_outputs) if key in old}
        outputs = self._outputs(resource_type, inputs, {**kept, **plain, **observed}, aws)
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        resource_type = _resource_type(request.urn, context)
        state = from_struct(request.properties)
        with _abort_on_error(context, "deleting", request.urn):
            try:
                resource_type.delete(self._aws(state), request.id, reveal(state))
            except ClientError as error:
                if not is_gone(error):
                    raise
        return empty_pb2.Empty()

    # Helpers

    def _configured(self) -> Configuration:
        if self._configuration is None:
            raise ValueError("the provider is not configured")
        return self._configuration

    def _region(self, values: Mapping[str, Any]) -> str:
        return reveal(values.get("region")) or self._configured().region

    def _aws(self, values: Mapping[str, Any]) -> Aws:
        return self._configured().aws(reveal(values.get("region")))

    def _all_tags(self, plain: Mapping[str, Any]) -> Any:
        """Return the provider's default tags, overridden by the resource's own."""
        own = plain.get("tags") or {}
        return UNKNOWN if has_unknown(own) else {**self._configured().default_tags, **own}

    def _plain(self, resource_type: ResourceType, inputs: Mapping[str, Any]) -> dict[str, Any]:
        plain = {key: reveal(value) for key, value in inputs.items() if key != schema.AUTONAMES}
        return {**plain, "tagsAll": self._all_tags(plain)} if resource_type.taggable else plain

    def _preview_outputs(
        self, resource_type: ResourceType, state: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the outputs that a preview knows: the inputs, and outputs that an update does not change."""
        outputs = {key: value for key, value in inputs.items() if key != schema.AUTONAMES}
        for key in resource_type.outputs:
            outputs.setdefault(key, state.get(key, UNKNOWN))
        if resource_type.taggable:
            outputs["tagsAll"] = self._all_tags(reveal(dict(inputs)))
        if resource_type.regional:
            outputs.setdefault("region", self._region(state))
        return outputs

    def _outputs(
        self, resource_type: ResourceType, inputs: Mapping[str, Any], plain: Mapping[str, Any], aws: Aws
    ) -> dict[str, Any]:
        """Return the outputs. Those that are always secret, or were secret inputs, are marked as secret."""
        outputs = {key: value for key, value in plain.items() if key != schema.AUTONAMES and value is not None}
        if resource_type.regional:
            outputs["region"] = aws.region
        for key in outputs:
            if key in resource_type.secret_outputs or has_secret(inputs.get(key)):
                outputs[key] = secret(outputs[key])
        return outputs


def _resource_type(urn: str, context: grpc.ServicerContext) -> ResourceType:
    token = urn.split("::")[2].rpartition("$")[2]
    if token not in RESOURCE_TYPES:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the lab does not support the type {token} ({_name(urn)})")
    return RESOURCE_TYPES[token]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _dereference_all(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs without references and output values: a resource given as an input becomes its id."""
    return {key: _dereference(value) for key, value in inputs.items()}


def _dereference(value: Any) -> Any:
    if not isinstance(value, dict | list):
        return value
    if has_secret(value):
        return secret(reveal(value))
    return reveal(value)


def _known(observed: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: observed[key] for key in inputs if key in observed}


def _check_response(inputs: Mapping[str, Any], problems: list[tuple[str, str]]) -> provider_pb2.CheckResponse:
    failures = [provider_pb2.CheckFailure(property=path, reason=f"{path} {reason}") for path, reason in problems]
    return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=failures)


def _describe_error(doing: str, urn: str, error: Exception) -> str:
    if isinstance(error, ClientError):
        response = error.response.get("Error", {})
        code, message = response.get("Code", "error"), response.get("Message", "")
        reason = f"{error.operation_name}: {code}: {message}"
        if change := hint(error.operation_name, code, message):
            reason = f"{reason.strip().removesuffix('.')}: {change}"
    elif isinstance(error, _WITH_A_SENTENCE):
        reason = str(error)
    else:
        reason = f"the lab's handler failed with {type(error).__name__}: {error}"
    return f"{doing} {_name(urn)}: {' '.join(reason.split())}"


@contextmanager
def _abort_on_error(context: grpc.ServicerContext, doing: str, urn: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        context.abort(grpc.StatusCode.UNKNOWN, _describe_error(doing, urn, error))


def _abort_incomplete(
    context: grpc.ServicerContext, id: str, state: Mapping[str, Any], inputs: Mapping[str, Any], reason: str
) -> NoReturn:
    """End the call with Pulumi's ErrorResourceInitFailed: the resource exists, but is incomplete."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=id, properties=to_struct(state), inputs=to_struct(inputs), reasons=[reason]
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)
