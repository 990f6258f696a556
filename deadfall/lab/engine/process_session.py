"""Kill the processes of a session, also if the process that started them ends without cleaning up.

A process that is terminated or killed runs no `finally`, and its children live on. A guard therefore waits for its end:

    python process_session.py <session leader>

It uses the standard library alone and starts in milliseconds.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def guard_session(leader: int) -> Iterator[None]:
    """Kill the session on exit, or when this process ends in any other way."""
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(leader)],
        stdin=subprocess.PIPE,  # the guard acts when this closes, even if this process is killed
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # signals to this process's group must not end the guard
    )
    try:
        yield
    finally:
        kill_session(leader)
        guard.kill()
        guard.communicate()


def kill_session(leader: int) -> None:
    """Kill every process of a session.

    Killing the process group is not enough: the pulumi CLI gives each plugin its own group, and plugins of a failed
    program outlive the CLI.
    """
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
    listed = subprocess.run(["/bin/ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)  # macOS
    return [int(pid) for pid in listed.stdout.split()]


if __name__ == "__main__":
    sys.stdin.read()
    kill_session(int(sys.argv[1]))
