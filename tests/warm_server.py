"""Start the lab's server, and its Lambda functions, by forking a process that has imported their modules.

`Server` replaces `subprocess.Popen` for `deadfall.lab.emulator`, and in a server `Function` replaces it for the
processes in which MiniStack runs Python functions. Both get the environment, folder and pipes that Popen would give
them. A function sees none of the repository's modules that were imported before: it imports those of its archive.
"""

import asyncio
import gc
import io
import multiprocessing
import os
import runpy
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

PLACEHOLDERS = {
    "GATEWAY_PORT": "40961",
    "MINISTACK_ACCOUNT_ID": "409614096140",
    "STATE_DIR": "/placeholder-of-the-state-folder",
}
"""What MiniStack's modules read from the environment while they are imported, until a server is forked."""

_FORKING = multiprocessing.get_context("forkserver")
_OF_THE_REPOSITORY = ("components", "deadfall", "responders")


class _Forked:
    """A forked process with the waiting and ending of `subprocess.Popen`."""

    def __init__(self, target: Callable[..., None], arguments: Sequence[Any]) -> None:
        self._process = _FORKING.Process(target=target, args=tuple(arguments), daemon=True)
        self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("forked", timeout or 0.0)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


class Server(_Forked):
    """The part of `subprocess.Popen` that `Emulator` uses."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int,
        stdout: io.BufferedWriter,
        stderr: int,
        env: Mapping[str, str],
        cwd: Path,
        pass_fds: Sequence[int],
        start_new_session: bool,
    ) -> None:
        (listener,) = pass_fds
        assert list(command) == [sys.executable, "-m", "deadfall.lab.server", str(listener)]
        assert (stdin, stderr, start_new_session) == (subprocess.PIPE, subprocess.STDOUT, True)
        reading, writing = _FORKING.Pipe(duplex=False)
        log = Connection(os.dup(stdout.fileno()))
        with reading, log, socket.fromfd(listener, socket.AF_INET, socket.SOCK_STREAM) as listening:
            forking: Any = forkserver._forkserver  # type: ignore[attr-defined] there is no public way
            forking.ensure_running()
            super().__init__(_serve, (dict(env), cwd, forking._forkserver_address, listening, reading, log))
        self.stdin = _file(writing, "wb")


class Function(_Forked):
    """The part of `subprocess.Popen` that MiniStack uses for a Python function."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: str,
        stdin: int,
        stdout: int,
        stderr: int,
        text: bool,
        bufsize: int,
        env: Mapping[str, str],
    ) -> None:
        assert (text, bufsize) == (True, 1)
        assert stdin == stdout == stderr == subprocess.PIPE
        _, script = command
        (read_in, write_in), (read_out, write_out), (read_error, write_error) = (
            _FORKING.Pipe(duplex=False) for _ in range(3)
        )
        with read_in, write_out, write_error:
            super().__init__(_work, (dict(env), cwd, script, os.getpgrp(), read_in, write_out, write_error))
        self.stdin = _file(write_in, "w")
        self.stdout, self.stderr = _file(read_out, "r"), _file(read_error, "r")


def _file(pipe: Connection, mode: str) -> Any:
    with pipe:
        return open(os.dup(pipe.fileno()), mode)  # noqa: PTH123 a descriptor has no path


def _popen(command: Sequence[str], **more: Any) -> Any:
    """What MiniStack calls in place of `subprocess.Popen`: only Python is loaded already."""
    is_python = Path(command[0]).name.startswith("python") and len(command) == 2
    return Function(command, **more) if is_python else subprocess.Popen(command, **more)


def _enter(environment: Mapping[str, str], folder: Path | str) -> None:
    gc.freeze()  # what is imported is never garbage
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    tempfile.tempdir = None
    os.chdir(folder)


def _serve(
    environment: Mapping[str, str],
    folder: Path,
    forks: str,
    listener: socket.socket,
    stdin: Connection,
    log: Connection,
) -> None:
    """Become what `python -m deadfall.lab.server` would be."""
    from ministack.core import lambda_runtime

    from deadfall.lab import server

    os.setpgid(0, 0)  # its functions are in the same group, and end with it
    for descriptor, pipe in ((0, stdin), (1, log), (2, log)):
        os.dup2(pipe.fileno(), descriptor)
    stdin.close()
    log.close()
    sys.stdin = os.fdopen(0)
    _enter(environment, folder)
    _replace_placeholders(environment)
    vars(multiprocessing.current_process())["_config"]["daemon"] = False  # it starts functions
    forking: Any = forkserver._forkserver  # type: ignore[attr-defined]
    forking._forkserver_address, forking.ensure_running = forks, lambda: None  # with the process that forked it
    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": _popen})  # type: ignore[assignment]
    server._end_with_parent()
    asyncio.run(server._serve(listener.fileno()))


def _replace_placeholders(environment: Mapping[str, str]) -> None:
    """Give MiniStack's modules the values that they would have read from this environment when they were imported."""
    for module in [module for name, module in sys.modules.items() if name.split(".")[0] == "ministack"]:
        for name, value in list(vars(module).items()):
            if isinstance(value, str):
                for variable, placeholder in PLACEHOLDERS.items():
                    if placeholder in value:
                        value = value.replace(placeholder, environment[variable])
                        setattr(module, name, value)


def _work(
    environment: Mapping[str, str],
    folder: str,
    script: str,
    group: int,
    stdin: Connection,
    stdout: Connection,
    stderr: Connection,
) -> None:
    """Become what `python script` would be."""
    os.setpgid(0, group)
    for descriptor, pipe in enumerate((stdin, stdout, stderr)):
        os.dup2(pipe.fileno(), descriptor)
        pipe.close()
    sys.stdin = os.fdopen(0)
    _enter(environment, folder)
    for name in [name for name in sys.modules if name.split(".")[0] in _OF_THE_REPOSITORY]:
        del sys.modules[name]
    sys.argv, sys.path[0:0] = [script], [str(Path(script).parent)]
    runpy.run_path(script, run_name="__main__")
