"""The lab's private folder: its contents, its lock and its removal.

A lab is running while its process holds a lock on a file; the kernel releases the lock however the process ends. A
process id would prove nothing, since the system may have reused it.
"""

import contextlib
import fcntl
import os
import shutil
from pathlib import Path


class LabError(Exception):
    """A `deadfall lab` command failed. The text is one sentence, sometimes followed by the last lines of the log."""


class LabFolder:
    """The paths of one lab, and the lock that its process holds while it runs."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 (a symbolic link stays as the user typed it)
        self.lock = self.path / "lock"
        self.control = self.path / "control"
        self.log = self.path / "log"
        self.aws_config = self.path / "aws-config"
        self.shell = self.path / "shell"
        self.temporary = self.path / "deadfall-tmp"

    def display_path(self) -> str:
        """Return the path for messages: relative if it is below the current directory."""
        with contextlib.suppress(ValueError, OSError):
            return str(self.path.relative_to(Path.cwd()))
        return str(self.path)

    def make(self) -> None:
        """Create the folder, readable by its owner only.

        Raises:
            LabError: the folder cannot be created, or contains files that do not belong to a lab.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A pulumi CLI that briefly outlived a killed lab may have recreated the folder for temporary files.
            others = [entry for entry in self.path.iterdir() if entry != self.temporary]
            if others and not self.lock.exists():
                raise LabError(
                    f"{self.display_path()} is not empty and does not belong to a lab; choose another folder with "
                    "--folder."
                )
            if self.path.stat().st_uid != os.getuid():  # even root: the owner could change files
                raise LabError(f"{self.display_path()} belongs to another user; choose another folder with --folder.")
            self.path.chmod(0o700)
            self.lock.touch(mode=0o600)
        except OSError as error:
            reason = error.strerror or error
            raise LabError(
                f"{self.display_path()} cannot be used as the lab's folder ({reason}); choose another with --folder."
            ) from None

    def acquire_lock(self) -> int | None:
        """Acquire the lock and clear the recorded process id. Return its file descriptor, or None while a lab holds it.

        Raises:
            FileNotFoundError: the folder contains no lab.
        """
        while True:
            lock = os.open(self.lock, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(lock), self.lock.stat()):  # otherwise it was removed after it was opened
                    os.ftruncate(lock, 0)
                    return lock
            except BlockingIOError:
                os.close(lock)
                return None
            except BaseException:
                os.close(lock)
                raise
            os.close(lock)

    def process_id(self) -> int | None:
        """Return the id of the lab's process. Valid only while `acquire_lock` returns None."""
        with contextlib.suppress(OSError, ValueError):
            return int(self.lock.read_text())
        return None

    def log_tail(self, lines: int = 15) -> str:
        """Return the last lines of the lab's log with an introduction, or "" if the log is empty."""
        with contextlib.suppress(OSError):
            if tail := self.log.read_text(errors="replace").splitlines()[-lines:]:
                return " The last lines of its log:\n" + "\n".join(tail)
        return ""

    def empty(self) -> None:
        """Remove everything the lab created except the lock file. The caller must hold the lock."""
        for folder in (self.temporary, self.shell):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.control, self.log, self.aws_config):
            file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything the lab created, and the folder if it is empty then. The caller must hold the lock."""
        self.empty()
        self.lock.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()
