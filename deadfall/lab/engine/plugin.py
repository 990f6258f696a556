"""The engine's client of a provider plugin: a process that prints its port and serves gRPC."""

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import grpc
from google.rpc import status_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from ..provider.values import from_struct, to_struct

_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_OPTIONS = [*_UNLIMITED, ("grpc.enable_http_proxy", 0)]
_PACKAGE_ROOT = Path(__file__).parents[3]


class PluginError(Exception):
    """The provider rejected a request or failed; the text is its error message."""


class PartialCreationError(PluginError):
    """The resource was created, but not all of its properties were set."""

    def __init__(self, message: str, id: str, outputs: dict[str, Any]) -> None:
        super().__init__(message)
        self.id = id
        self.outputs = outputs


class ProviderPlugin:
    """A provider process. It starts immediately; the first call waits until it is ready."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        """Start it in `directory`, to which the program's relative asset paths refer."""
        path = os.pathsep.join(filter(None, (str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH"))))
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deadfall.lab.provider"],
            cwd=directory,
            env={**inherited, **environment, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @cached_property
    def _channel(self) -> grpc.Channel:
        assert self._process.stdout is not None and self._process.stderr is not None  # noqa: S101 both are pipes
        port = self._process.stdout.readline().strip()
        if not port:
            errors = self._process.stderr.read().strip().splitlines() or ["it printed no error"]
            raise PluginError(f"the AWS provider did not start: {errors[-1].removeprefix('error: ')}")
        return grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)

    @cached_property
    def _stub(self) -> provider_pb2_grpc.ResourceProviderStub:
        return provider_pb2_grpc.ResourceProviderStub(self._channel)

    def call(self, method: str, request: Any) -> Any:
        """Call a method of the provider.

        Raises:
            PluginError: the provider rejected the request or failed.
            PartialCreationError: the provider created the resource, but could not complete it.
        """
        try:
            return getattr(self._stub, method)(request)
        except grpc.RpcError as error:
            assert isinstance(error, grpc.Call)  # noqa: S101 errors of a stub are both
            raise _error(error) from None

    def check_config(self, urn: str, inputs: Mapping[str, Any]) -> list[str]:
        """Return the problems with a provider's inputs."""
        checked = self.call("CheckConfig", provider_pb2.CheckRequest(urn=urn, news=to_struct(inputs)))
        return [failure.reason for failure in checked.failures]

    def configure(self, urn: str, inputs: Mapping[str, Any]) -> None:
        self.call("Handshake", provider_pb2.ProviderHandshakeRequest(engine_address="", configure_with_urn=True))
        self.call(
            "Configure",
            provider_pb2.ConfigureRequest(
                args=to_struct(inputs), acceptSecrets=True, acceptResources=True, sends_old_inputs=True, urn=urn
            ),
        )

    def stop(self) -> None:
        if self._process.poll() is None:
            if "_channel" in self.__dict__:
                self._channel.close()
            self._process.terminate()
        self._process.communicate()


def _error(error: grpc.Call) -> PluginError:
    message = error.details() or str(error.code())
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:  # pyright: ignore[reportArgumentType] bytes
                partial = provider_pb2.ErrorResourceInitFailed()
                if detail.Unpack(partial):
                    return PartialCreationError(message, partial.id, from_struct(partial.properties))
    return PluginError(message)
