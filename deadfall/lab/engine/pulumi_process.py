"""Run the pulumi CLI: run one command, pass on the engine's events, and leave no process behind."""

import contextlib
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .process_session import guard_session, kill_session

EngineEvent = Mapping[str, Any]
"""One event in the engine's format (`sdk/go/common/apitype/events.go` of pulumi/pulumi)."""


@dataclass(frozen=True)
class CompletedCommand:
    """A command that has finished or was killed."""

    code: int
    stdout: str
    stderr: str


def run(
    command: Sequence[str], *, directory: Path, environment: Mapping[str, str], stdin: str = ""
) -> CompletedCommand:
    """Run a command that has no engine events."""
    with tempfile.TemporaryFile("w+") as given:
        given.write(stdin)
        given.seek(0)
        with _running(command, directory, environment, given) as (process, completed):
            process.wait()
    return completed()


def run_operation(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    pipe: Path,
    on_event: Callable[[EngineEvent], None],
) -> CompletedCommand:
    """Run an operation of the engine, and pass on each of its events immediately.

    An exception from `on_event` ends the operation like a crash of the machine: all its processes are killed.

    Args:
        pipe: the path of the named pipe for the events; it must not exist yet.
    """
    os.mkfifo(pipe, 0o600)
    try:
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        # The CLI opens the pipe for the preview and again for the update; an open end prevents an EOF in between.
        held_open = os.open(pipe, os.O_WRONLY)
        with (
            os.fdopen(reader) as events,
            _running([*command, "--event-log", str(pipe)], directory, environment, subprocess.DEVNULL) as (
                process,
                completed,
            ),
            _close_on_exit(process, held_open),
        ):
            for line in events:
                on_event(json.loads(line))
    finally:
        pipe.unlink()
    return completed()


@contextlib.contextmanager
def _running(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], stdin: IO[str] | int
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], CompletedCommand]]]:
    """Start the command in its own session, which ends with this process. Yield it and a function for its result."""
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
            with guard_session(process.pid):
                yield process, lambda: CompletedCommand(process.returncode, *texts)
        finally:
            process.wait()
            for stream in (stdout, stderr):
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))


@contextlib.contextmanager
def _close_on_exit(process: subprocess.Popen[bytes], descriptor: int) -> Iterator[None]:
    """Close our end of the pipe when the process has completed, so that the reader receives an EOF."""

    def close() -> None:
        process.wait()
        os.close(descriptor)

    thread = threading.Thread(target=close)
    thread.start()
    try:
        yield
    finally:
        kill_session(process.pid)
        thread.join()
