"""The protocol between the commands and the lab's process: JSON lines on a Unix socket, one request per connection.

A request is `{"do": verb, ...}`. The response is any number of `{"event": ...}`, then `{"done": ...}` or
`{"error": sentence}`. The socket is in the lab's folder, which only its owner can read.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from .folder import LabError, LabFolder

SendEvent = Callable[[Any], None]
Handler = Callable[[dict[str, Any], SendEvent], Any]
_BACKLOG = 32


class LabGoneError(Exception):
    """No lab process is listening, or it ended before it responded."""


def listen(folder: LabFolder) -> socket.socket:
    """Open the listening socket of a lab that is about to start; clients that connect early wait for its response."""
    listener = socket.socket(socket.AF_UNIX)
    with contextlib.chdir(folder.path):  # a socket address is limited to 104 bytes, fewer than many paths have
        listener.bind(folder.control.name)
    listener.listen(_BACKLOG)
    return listener


class Server:
    """The server end of the socket. Each request runs in its own thread."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._threads: list[threading.Thread] = []

    def start(self, handler: Handler) -> None:
        """Handle waiting and future requests until the process ends."""

        def accept() -> None:
            while True:
                connection, _ = self._listener.accept()
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(threading.Thread(target=_serve_one, args=(connection, handler), daemon=True))
                self._threads[-1].start()

        threading.Thread(target=accept, daemon=True).start()

    def reject_waiting(self, reason: str) -> None:
        """Respond to the waiting requests with an error."""

        def reject(request: dict[str, Any], send_event: SendEvent) -> Any:
            raise LabError(reason)

        self._listener.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                connection.setblocking(True)
                _serve_one(connection, reject)

    def wait(self, seconds: float) -> None:
        """Wait until all requests are handled, but at most this long."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def send_request(
    folder: LabFolder,
    verb: str,
    *,
    on_event: SendEvent = lambda event: None,
    seconds: float | None = 30.0,
    **details: Any,
) -> Any:
    """Send a request to the lab's process and return its result.

    Args:
        seconds: how long to wait for the next line of the response.

    Raises:
        LabError: the process rejected the request, or did not respond in time.
        LabGoneError: the process is not running, or ended before it responded.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            with contextlib.chdir(folder.path):
                connection.connect(folder.control.name)
            with connection.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps({"do": verb, **details}) + "\n")
                stream.flush()
                for line in stream:
                    match json.loads(line):
                        case {"event": event}:
                            on_event(event)
                        case {"error": sentence}:
                            raise LabError(sentence)
                        case {"done": result}:
                            return result
    except TimeoutError:
        raise LabError(
            f"The lab in {folder.display_path()} does not respond; `deadfall lab down` stops it by force."
        ) from None
    except (FileNotFoundError, NotADirectoryError, ConnectionError):
        pass
    raise LabGoneError(f"The lab in {folder.display_path()} has ended.")


def _serve_one(connection: socket.socket, handler: Handler) -> None:
    with connection, connection.makefile("rw", encoding="utf-8") as stream, contextlib.suppress(OSError):
        writing = threading.Lock()

        def send(message: dict[str, Any]) -> None:
            with writing:
                stream.write(json.dumps(message, default=str) + "\n")
                stream.flush()

        def send_event(event: Any) -> None:
            with contextlib.suppress(OSError, ValueError):  # the client may have disconnected; the work continues
                send({"event": event})

        try:
            send({"done": handler(json.loads(stream.readline()), send_event)})
        except LabError as error:
            send({"error": str(error)})
