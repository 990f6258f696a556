"""Start and stop a lab: `up` starts its process if needed and deploys into it, `down` stops it."""

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
from .control import LabGoneError, send_request
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
    """Start a lab unless one is running in the folder, and deploy the stack as its files are now.

    If this call started the lab and the deployment fails, the lab is stopped; a lab that was already running stays.

    Args:
        stack, engine: None for those of the running lab, otherwise for dev and the built-in engine.
        describe: reads a stack's files.
        begin: receives the name of each step as it begins.

    Returns:
        How many resources were created, updated, replaced, deleted and unchanged.

    Raises:
        LabError: starting or deploying failed; also whatever `describe` raises.
    """
    with contextlib.suppress(LabGoneError):
        running = send_request(folder, "facts")
        for name, wanted in (("stack", stack), ("engine", engine)):
            if wanted not in (None, running[name]):
                raise LabError(
                    f"The lab in {folder.display_path()} is running with {name} {running[name]}; stop it first with "
                    "`deadfall lab down`."
                )
        return _deploy(folder, describe(running["stack"]), begin, on_event)
    spec = describe(stack or "dev")  # before anything starts: the files may be invalid
    begin("Starting the lab")
    folder.make()
    if (lock := folder.acquire_lock()) is None:
        raise LabError(f"Another lab is starting or stopping in {folder.display_path()}; try again in a moment.")
    try:
        _spawn(folder, spec, engine or "builtin", lock)
        send_request(folder, "facts", seconds=_START_SECONDS)  # waits until it is ready
        return _deploy(folder, spec, begin, on_event)
    except LabGoneError as error:
        log = folder.log_tail()
        down(folder)
        raise LabError(f"{error}{log}") from None
    except BaseException:
        down(folder)
        raise


def down(folder: LabFolder, seconds: float = _END_SECONDS) -> bool:
    """Stop the lab's process and everything it started, and remove its files. Return False if there was no lab.

    Args:
        seconds: how long to wait for an orderly end before killing the process.

    Raises:
        LabError: the process survived even the kill.
    """
    was_there = False
    try:
        with contextlib.suppress(LabError, LabGoneError):
            send_request(folder, "stop", seconds=seconds)
            was_there = True
        if (lock := _wait_for_lock(folder, seconds)) is None:
            if (process := folder.process_id()) is not None:  # the current holder of the lock
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process, signal.SIGKILL)
            lock = _wait_for_lock(folder, seconds)
    except (FileNotFoundError, NotADirectoryError):  # the lab removed its files itself, or there was none
        return was_there
    if lock is None:
        raise LabError(
            f"The lab in {folder.display_path()} could not be stopped; end process {folder.process_id()} yourself."
        )
    folder.clear()
    os.close(lock)
    return True


def _deploy(
    folder: LabFolder, spec: DaemonSpec, begin: Callable[[str], None], on_event: Callable[[Event], None]
) -> dict[str, Any]:
    begin("Deploying the Pulumi program")
    return send_request(
        folder, "deploy", on_event=lambda event: on_event(Event(**event)), seconds=None, spec=spec.to_json()
    )


def _spawn(folder: LabFolder, spec: DaemonSpec, engine: Engine, lock: int) -> None:
    """Start the process and pass it the lock, which stays locked throughout."""
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


def _wait_for_lock(folder: LabFolder, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while (lock := folder.acquire_lock()) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return lock
