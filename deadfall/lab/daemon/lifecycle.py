"""How a lab begins and ends: `up` starts its process if there is none and deploys into it, `down` ends it for sure."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deadfall.lab.engine import Event
from deadfall.lab.stack_spec import Engine

from . import control
from .control import LabGoneError, ask
from .folder import LabError, LabFolder
from .spec import DaemonSpec

_START_SECONDS = 60.0
_END_SECONDS = 20.0
_PACKAGE_ROOT = Path(__file__).parents[3]


def up(
    folder: LabFolder,
    stack: str | None,
    engine: Engine | None,
    describe: Callable[[str], DaemonSpec],
    begin: Callable[[str], None],
    on_event: Callable[[Event], None],
) -> dict[str, Any]:
    """Start a lab unless one is running here, and deploy the stack as its files are now: how many resources were
    created, updated, replaced, deleted, and stayed the same.

    A lab that was started here does not outlive its first deployment's failure; one that ran before does.

    Args:
        stack, engine: None for those of the running lab, or else dev and the built-in engine.
        describe: reads a stack's files.
        begin: receives the name of each step as it begins.

    Raises:
        LabError: something could not be done; and what `describe` raises.
    """
    with contextlib.suppress(LabGoneError):
        running = ask(folder, "facts")
        for name, wanted in (("stack", stack), ("engine", engine)):
            if wanted not in (None, running[name]):
                raise LabError(
                    f"The lab in {folder.shown()} runs with {name} {running[name]}; take it down first with "
                    "`deadfall lab down`."
                )
        return _deploy(folder, describe(running["stack"]), begin, on_event)
    spec = describe(stack or "dev")  # before anything starts: the files may be wrong
    begin("Starting the lab")
    folder.make()
    if (lock := folder.hold()) is None:
        raise LabError(f"Another lab is just starting or ending in {folder.shown()}; try again in a moment.")
    try:
        _spawn(folder, spec, engine or "builtin", lock)
        ask(folder, "facts", seconds=_START_SECONDS)  # waits until it is ready
        return _deploy(folder, spec, begin, on_event)
    except LabGoneError as error:
        words = folder.last_words()
        down(folder)
        raise LabError(f"{error}{words}") from None
    except BaseException:
        down(folder)
        raise


def down(folder: LabFolder, seconds: float = _END_SECONDS) -> bool:
    """End the lab's process and all that it started, and remove its files. False if there is nothing to end.

    Args:
        seconds: how long the process may take to end in order, before it is killed.

    Raises:
        LabError: even that did not end it.
    """
    was_there = False
    try:
        with contextlib.suppress(LabError, LabGoneError):
            ask(folder, "stop", seconds=seconds)
            was_there = True
        if (lock := _held_within(folder, seconds)) is None:
            if (process := folder.process_id()) is not None:  # of whoever has the lock at this moment
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process, signal.SIGKILL)
            lock = _held_within(folder, seconds)
    except (FileNotFoundError, NotADirectoryError):  # it has removed them itself, or there never was one
        return was_there
    if lock is None:
        raise LabError(f"The lab in {folder.shown()} cannot be ended; its process is {folder.process_id()}.")
    folder.clear()
    os.close(lock)
    return True


def _deploy(
    folder: LabFolder, spec: DaemonSpec, begin: Callable[[str], None], on_event: Callable[[Event], None]
) -> dict[str, Any]:
    begin("Deploying the Pulumi program")
    return ask(folder, "deploy", on_event=lambda event: on_event(Event(**event)), seconds=None, spec=spec.to_json())


def _spawn(folder: LabFolder, spec: DaemonSpec, engine: Engine, lock: int) -> None:
    """Start the process and hand the lock over to it: there is no moment at which nobody has it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = os.pathsep.join(filter(None, (str(_PACKAGE_ROOT), environment.get("PYTHONPATH"))))
    command = [sys.executable, "-m", f"{__package__}.supervisor"]
    with os.fdopen(lock, "w") as held:
        folder.empty()
        folder.temporary.mkdir(mode=0o700)
        with control.listen(folder) as listener, folder.log.open("wb") as log:
            process = subprocess.Popen(
                [*command, spec.to_json(), engine, str(lock), str(listener.fileno())],
                cwd=folder.path,
                env={**environment, "PYTHONPATH": path, "TMPDIR": str(folder.temporary)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[lock, listener.fileno()],
                start_new_session=True,
            )
        held.write(str(process.pid))


def _held_within(folder: LabFolder, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while (lock := folder.hold()) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return lock
