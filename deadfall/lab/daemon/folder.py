"""The lab's private folder: what is in it, who holds it, and how it goes.

Whether a lab is alive is a lock on a file, which the kernel gives back however its process ends. A process id says
nothing: it may be somebody else's by now.
"""

import contextlib
import fcntl
import os
import shutil
from pathlib import Path


class LabError(Exception):
    """What a `deadfall lab` command cannot do; the text is one sentence, maybe with the last lines of the log."""


class LabFolder:
    """The paths of one lab, and the lock that its process holds for as long as it lives."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 (a link to the folder is the user's way to name it)
        self.lock = self.path / "lock"
        self.control = self.path / "control"
        self.log = self.path / "log"
        self.aws_config = self.path / "aws-config"
        self.shell = self.path / "shell"
        self.temporary = self.path / "deadfall-tmp"

    def shown(self) -> str:
        """The path as a person in the current directory would write it."""
        with contextlib.suppress(ValueError, OSError):
            return str(self.path.relative_to(Path.cwd()))
        return str(self.path)

    def make(self) -> None:
        """Make the folder, readable by its owner only.

        Raises:
            LabError: it cannot be made, or holds what is not a lab's.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A pulumi CLI that outlived a killed lab for a moment may have made the folder for temporary files again.
            others = [entry for entry in self.path.iterdir() if entry != self.temporary]
            if others and not self.lock.exists():
                raise LabError(f"{self.shown()} is not empty and not a lab's; choose another folder with --folder.")
            if self.path.stat().st_uid != os.getuid():  # root would be let in, and the owner could change everything
                raise LabError(f"{self.shown()} is somebody else's; choose another folder with --folder.")
            self.path.chmod(0o700)
            self.lock.touch(mode=0o600)
        except OSError as error:
            reason = error.strerror or error
            raise LabError(
                f"{self.shown()} cannot be the lab's folder ({reason}); choose another with --folder."
            ) from None

    def hold(self) -> int | None:
        """Take the lock and forget whose it was: its file descriptor, or None while a lab has it.

        Raises:
            FileNotFoundError: there is no such lab.
        """
        while True:
            lock = os.open(self.lock, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(lock), self.lock.stat()):  # or else: removed since it was opened
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
        """The lab's process. True only while `hold` says None."""
        with contextlib.suppress(OSError, ValueError):
            return int(self.lock.read_text())
        return None

    def last_words(self, lines: int = 15) -> str:
        """The last lines of the lab's log, introduced; empty if it said nothing."""
        with contextlib.suppress(OSError):
            if said := self.log.read_text(errors="replace").splitlines()[-lines:]:
                return " The last lines of its log:\n" + "\n".join(said)
        return ""

    def empty(self) -> None:
        """Remove what a lab makes, but the lock. For whoever holds that."""
        for folder in (self.temporary, self.shell):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.control, self.log, self.aws_config):
            file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove what a lab makes, and the folder unless there is something else in it. For whoever holds the lock."""
        self.empty()
        self.lock.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()
