"""A local archive: files, and folders of them at any depth."""

import os
import stat
from collections.abc import Generator, Sequence
from pathlib import Path

from .archive import Batch
from .batches import batches
from .error import HuntError
from .log_file import Listing, LogFile
from .span import Span

# Progress is reported after each batch.
_BATCH_BYTES = 64 * 1024 * 1024
_BATCH_FILES = 5000

_KINDS = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}

_Identity = tuple[int, int]


class Folder:
    """Files and folders: a file is searched whatever its name, a folder's files if they are CloudTrail logs.

    Symbolic links are followed. A file or folder that is there twice is searched once.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def files(self, span: Span) -> Listing:
        """List the log files, ordered by path."""
        walk = _Walk(span)
        for path in self._paths:
            if not os.path.lexists(path):
                raise HuntError(f"{path}: no such file or folder")
            walk.visit(path.absolute(), named=True)
        walk.listing.files.sort(key=lambda file: file.name)
        return walk.listing

    def batches(self, files: Sequence[LogFile]) -> Generator[Batch, None, None]:
        for batch in batches(files, _BATCH_BYTES, _BATCH_FILES):
            yield Batch({Path(file.name): file for file in batch})


class _Walk:
    """One listing of folders, each visited once, so that symbolic links can't make it endless."""

    def __init__(self, span: Span) -> None:
        self.listing = Listing()
        self._span = span
        self._visited: set[_Identity] = set()

    def visit(self, path: Path, *, named: bool = False) -> None:
        """List a file, or the files in a folder; `named` if the user named this path."""
        remaining = [path]
        while remaining:
            path = remaining.pop()
            try:
                status = path.stat()
            except OSError as error:
                self.listing.skipped[str(path)] = f"can't be read: {error.strerror}"
                continue
            if stat.S_ISDIR(status.st_mode):
                if self._is_new(status):
                    remaining += self._entries(path)
            elif not self._span.may_hold(path.as_posix()) or (not named and not self.listing.accepts(str(path))):
                pass
            elif kind := _KINDS.get(stat.S_IFMT(status.st_mode)):
                self.listing.skipped[str(path)] = f"is {kind}, not a file"
            elif self._is_new(status):
                self.listing.files.append(LogFile(str(path), status.st_size))
            named = False

    def _entries(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir(), reverse=True)
        except OSError as error:
            self.listing.skipped[str(folder)] = f"can't be read: {error.strerror}"
            return []

    def _is_new(self, status: os.stat_result) -> bool:
        identity = (status.st_dev, status.st_ino)
        new = identity not in self._visited
        self._visited.add(identity)
        return new
