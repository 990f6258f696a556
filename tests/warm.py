"""Start the engine's processes by forking one that has imported their modules.

The Pulumi program, the AWS provider and the policy pack are processes of their own, and their imports cost more CPU
than most tests do. `Process` replaces `subprocess.Popen` for these three: the fork gets the command, environment,
folder and pipes that Popen would give a new interpreter. Only the `PYTHON…` variables that an interpreter reads at its
start have no effect. Tests that depend on a new interpreter take the fixture `cold`.
"""

import gc
import importlib.util
import io
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import pytest

from deadfall.check import policy_pack
from deadfall.lab import emulator
from deadfall.lab.engine import deployment, plugin
from tests.warm_server import Server

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.warm_imports"])
# What multiprocessing returns when the process that forks has died; the forked process may still run.
_FORKER_GONE = 255


class Process:
    """The part of `subprocess.Popen` that the engine uses, for a command that runs a Python module or file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        stdin: int,
        stdout: int,
        stderr: int,
        text: bool,
        cwd: Path | None = None,
        start_new_session: bool = False,
    ) -> None:
        assert (command[0], stdin, text) == (sys.executable, subprocess.DEVNULL, True)
        assert stdout == stderr == subprocess.PIPE
        pipes = [_FORKING.Pipe(duplex=False) for _ in range(2)]
        self._process = _FORKING.Process(
            target=_run,
            args=(list(command[1:]), dict(env), cwd, start_new_session, *(write for _, write in pipes)),
            daemon=True,
        )
        self._process.start()
        for _, write in pipes:
            write.close()
        self.stdout, self.stderr = (_text(read) for read, _ in pipes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.join()
        self._close()

    @property
    def returncode(self) -> int | None:
        return self.poll()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        code = self._process.exitcode
        return None if code == _FORKER_GONE and self._signal(0) else code

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> bool:
        """Send a signal, and return whether the process exists."""
        assert self._process.pid is not None
        try:
            os.kill(self._process.pid, number)
            return True
        except ProcessLookupError:
            return False

    def communicate(self) -> tuple[str, str]:
        with ThreadPoolExecutor(1) as reader:
            errors = reader.submit(_rest, self.stderr)
            output = _rest(self.stdout)
        self._process.join()
        self._close()
        return output, errors.result()

    def _close(self) -> None:
        self.stdout.close()
        self.stderr.close()


def install(patch: pytest.MonkeyPatch) -> None:
    """Let the engine, the policy pack and the emulator start their processes warm."""
    for module in (deployment, plugin, policy_pack):
        patch.setattr(module, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": Process}))
    patch.setattr(emulator, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": Server}))


def uninstall(patch: pytest.MonkeyPatch) -> None:
    """Let the engine, the policy pack and the emulator start their processes themselves."""
    for module in (deployment, plugin, emulator, policy_pack):
        patch.setattr(module, "subprocess", subprocess)


def stop() -> None:
    """End the process that forks, and wait for it, so that its CPU time counts as that of the tests."""
    forkserver._forkserver._stop()  # type: ignore[attr-defined] there is no public way


def _text(pipe: Connection) -> io.TextIOWrapper:
    with pipe:
        return open(os.dup(pipe.fileno()), encoding="utf-8")  # noqa: PTH123 a descriptor has no path


def _rest(file: io.TextIOWrapper) -> str:
    return "" if file.closed else file.read()


def _run(
    command: list[str],
    environment: Mapping[str, str],
    folder: Path | None,
    new_session: bool,
    stdout: Connection,
    stderr: Connection,
) -> None:
    """Become what `python *command` would be."""
    gc.freeze()  # what is imported is never garbage
    os.dup2(stdout.fileno(), 1)
    os.dup2(stderr.fileno(), 2)
    stdout.close()
    stderr.close()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    if folder:
        os.chdir(folder)
    if new_session:
        os.setsid()
    match command:
        case ["-m", module, *arguments] | ["-u", "-m", module, *arguments]:
            sys.argv = [str(importlib.util.find_spec(module)), *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-P", file, *arguments]:
            sys.argv = [file, *arguments]
            runpy.run_path(file, run_name="__main__")
        case _:
            raise AssertionError(f"no warm start for {command}")
