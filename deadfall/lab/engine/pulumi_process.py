"""Runs the pulumi CLI: one command, the engine's events while it runs, and nothing of it left afterwards."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

EngineEvent = Mapping[str, Any]
"""One event as the engine writes it (`sdk/go/common/apitype/events.go` of pulumi/pulumi)."""


@dataclass(frozen=True)
class Ended:
    """A command that has run to its end, or was killed."""

    code: int
    stdout: str
    stderr: str


def run(command: Sequence[str], *, directory: Path, environment: Mapping[str, str], stdin: str = "") -> Ended:
    """Run a command that tells no events."""
    with tempfile.TemporaryFile("w+") as given:
        given.write(stdin)
        given.seek(0)
        with _running(command, directory, environment, given) as (process, ended):
            process.wait()
    return ended()


def run_operation(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    pipe: Path,
    on_event: Callable[[EngineEvent], None],
) -> Ended:
    """Run an operation of the engine, and hand over each of its events as it comes.

    What `on_event` raises ends the operation as a crash of the machine would: all its processes are killed.

    Args:
        pipe: where to make the named pipe through which the events come; it must not exist yet.
    """
    os.mkfifo(pipe, 0o600)
    try:
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        # The CLI opens the pipe once for a preview and again for the update: between the two it must not end.
        held_open = os.open(pipe, os.O_WRONLY)
        with (
            os.fdopen(reader) as events,
            _running([*command, "--event-log", str(pipe)], directory, environment, subprocess.DEVNULL) as (
                process,
                ended,
            ),
            _closing_when_over(process, held_open),
        ):
            for line in events:
                on_event(json.loads(line))
    finally:
        pipe.unlink()
    return ended()


@contextlib.contextmanager
def _running(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], stdin: IO[str] | int
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], Ended]]]:
    """The process, in a session of its own that is killed in the end, and what there is to say of it after that."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        texts: list[str] = []
        try:
            yield process, lambda: Ended(process.returncode, *texts)
        finally:
            _kill_session(process.pid)
            process.wait()
            for stream in (stdout, stderr):
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))


@contextlib.contextmanager
def _closing_when_over(process: subprocess.Popen[bytes], descriptor: int) -> Iterator[None]:
    """Close our end of the pipe when the process has ended, so that its reader comes to an end too."""

    def close() -> None:
        process.wait()
        os.close(descriptor)

    thread = threading.Thread(target=close)
    thread.start()
    try:
        yield
    finally:
        _kill_session(process.pid)
        thread.join()


def _kill_session(leader: int) -> None:
    """Kill every process of a session. Not only its process group: the CLI gives each plugin a group of its own, and a
    plugin whose program failed outlives the CLI."""
    killed: set[int] = set()
    while alive := set(_members(leader)) - killed:
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed |= alive


def _members(leader: int) -> Iterator[int]:
    for pid in _every_pid():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == leader:
                yield pid


def _every_pid() -> list[int]:
    if Path("/proc/self").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    told = subprocess.run(["/bin/ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)  # macOS
    return [int(pid) for pid in told.stdout.split()]
