"""The plugin process: print the port on the first line, serve until killed or until the engine is gone.

Pulumi's engine passes its own address as an argument, which this provider does not need.
"""

import os
import select
import sys
import threading
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from .configuration import ConfigurationError, loopback_endpoint
from .provider import AwsProvider

_UNLIMITED = -1  # code and policies may be larger than gRPC's default of 4 MB


# Credentials come only from the environment and the provider's inputs: this machine's AWS profiles and instance role
# belong to real accounts.
_NO_PROFILES = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def main() -> None:
    os.environ.update(_NO_PROFILES)
    os.environ.pop("AWS_PROFILE", None)
    try:
        loopback_endpoint()
    except ConfigurationError as error:
        sys.exit(f"error: {error}")
    server = grpc.server(
        futures.ThreadPoolExecutor(32),
        options=[("grpc.max_receive_message_length", _UNLIMITED), ("grpc.max_send_message_length", _UNLIMITED)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(AwsProvider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Thread(target=_end_with_engine, daemon=True).start()
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(grace=None)


def _end_with_engine() -> None:
    """End this process when the engine, which reads its output, has ended; an engine that is killed stops no plugin."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # without events to wait for, only the end of the pipe's reader
    poll.poll()
    os._exit(0)


if __name__ == "__main__":
    main()
