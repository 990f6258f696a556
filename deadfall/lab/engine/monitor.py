"""The two gRPC services that a Pulumi program uses: the resource monitor and the engine's log."""

# ruff: noqa: N802 the protocol defines the names of the methods

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from .result import Diagnostic
from .update import RegistrationError, Update

# The SDK itself rejects features that are not listed, such as hooks and transforms. Without alias specs it resolves
# aliases to URNs, inherited ones included.
_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
)
_SEVERITIES = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}
_REGISTRATIONS_AT_ONCE = 64


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Passes the program's registrations to the update."""

    def __init__(self, update: Update) -> None:
        self._update = update

    def GetDeploymentInfo(self, request: Any, context: grpc.ServicerContext) -> resource_pb2.DeploymentInfo:
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        try:
            return self._update.register(request)
        except RegistrationError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        self._update.register_outputs(request)
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest, context: grpc.ServicerContext) -> NoReturn:
        self._reject(context, f"the lab has no function {request.tok}")

    def Call(self, request: resource_pb2.ResourceCallRequest, context: grpc.ServicerContext) -> NoReturn:
        self._reject(context, f"the lab has no method {request.tok}")

    def ReadResource(self, request: resource_pb2.ReadResourceRequest, context: grpc.ServicerContext) -> NoReturn:
        self._reject(
            context, f"{request.name} ({request.type}): the built-in engine cannot read resources outside the stack"
        )

    def SignalAndWaitForShutdown(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _reject(self, context: grpc.ServicerContext, message: str) -> NoReturn:
        self._update.fail(message)
        context.abort(grpc.StatusCode.UNIMPLEMENTED, message)


class Log(engine_pb2_grpc.EngineServicer):
    """Collects the program's log messages."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self.diagnostics.append(Diagnostic(_SEVERITIES[request.severity], request.message.strip(), request.urn))
        return empty_pb2.Empty()


@contextmanager
def serve(update: Update, log: Log) -> Iterator[str]:
    """Serve both on a free loopback port and yield the address."""
    server = grpc.server(
        futures.ThreadPoolExecutor(_REGISTRATIONS_AT_ONCE),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(update), server)
    engine_pb2_grpc.add_EngineServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None).wait()
