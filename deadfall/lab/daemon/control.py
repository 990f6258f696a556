"""How the commands talk to the lab's process: a Unix socket in its folder, one request per connection, lines of JSON.

A request is `{"do": verb, ...}`. The answer is any number of `{"event": ...}`, then `{"done": ...}` or
`{"error": sentence}`. The folder is private, and so is the socket.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from .folder import LabError, LabFolder

Tell = Callable[[Any], None]
Answer = Callable[[dict[str, Any], Tell], Any]
_BACKLOG = 32


class LabGoneError(Exception):
    """There is no lab process at the other end, or it ended before it answered."""


def listen(folder: LabFolder) -> socket.socket:
    """The listening socket of a lab that is about to start: who connects meanwhile waits for it."""
    listener = socket.socket(socket.AF_UNIX)
    with contextlib.chdir(folder.path):  # a socket's address takes 104 bytes at most, less than many paths
        listener.bind(folder.control.name)
    listener.listen(_BACKLOG)
    return listener


class Server:
    """The lab's end of the socket: every request has a thread of its own."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._threads: list[threading.Thread] = []

    def start(self, answer: Answer) -> None:
        """Answer who is waiting, and who comes later until the process ends."""

        def accept() -> None:
            while True:
                connection, _ = self._listener.accept()
                self._threads = [thread for thread in self._threads if thread.is_alive()]
                self._threads.append(threading.Thread(target=_serve_one, args=(connection, answer), daemon=True))
                self._threads[-1].start()

        threading.Thread(target=accept, daemon=True).start()

    def refuse(self, sentence: str) -> None:
        """Tell those who are waiting why there will be no answer."""

        def sorry(request: dict[str, Any], tell: Tell) -> Any:
            raise LabError(sentence)

        self._listener.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                connection.setblocking(True)
                _serve_one(connection, sorry)

    def wait(self, seconds: float) -> None:
        """Until everybody has an answer, but no longer than that."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def ask(
    folder: LabFolder, verb: str, *, on_event: Tell = lambda event: None, seconds: float | None = 30.0, **details: Any
) -> Any:
    """Ask the lab's process; `seconds` is how long it may be silent.

    Raises:
        LabError: it refuses, or is silent.
        LabGoneError: it is not there, or ends before it has answered.
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
            f"The lab in {folder.shown()} does not answer; `deadfall lab down` ends it whatever it does."
        ) from None
    except (FileNotFoundError, NotADirectoryError, ConnectionError):
        pass
    raise LabGoneError(f"The lab in {folder.shown()} is gone.")


def _serve_one(connection: socket.socket, answer: Answer) -> None:
    with connection, connection.makefile("rw", encoding="utf-8") as stream, contextlib.suppress(OSError):
        writing = threading.Lock()

        def send(message: dict[str, Any]) -> None:
            with writing:
                stream.write(json.dumps(message, default=str) + "\n")
                stream.flush()

        def tell(event: Any) -> None:
            with contextlib.suppress(OSError, ValueError):  # whoever asked may have left; what was asked for goes on
                send({"event": event})

        try:
            send({"done": answer(json.loads(stream.readline()), tell)})
        except LabError as error:
            send({"error": str(error)})
