"""A local archive: files, and folders of them at any depth."""

import os
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from .archive import Batch
from .batches import batches
from .error import HuntError
from .log_file import LogFile, is_log_file
from .span import Span

# Planning all rules takes half a second per batch; progress is reported after each batch.
_BATCH_BYTES = 64 * 1024 * 1024
_BATCH_FILES = 5000


class Folder:
    """Files and folders: a file is searched whatever its name, a folder's files if they are CloudTrail logs."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def files(self, span: Span) -> list[LogFile]:
        """List the log files, ordered by path."""
        found = {file.absolute() for path in self._paths for file in _under(path)}
        return [LogFile(str(file), file.stat().st_size) for file in sorted(found) if span.may_hold(file.as_posix())]

    def batches(self, files: Sequence[LogFile]) -> Generator[Batch, None, None]:
        for batch in batches(files, _BATCH_BYTES, _BATCH_FILES):
            yield Batch({Path(file.name): file for file in batch})


def _under(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise HuntError(f"{path}: no such file or folder")
    for folder, _, names in os.walk(path, onerror=_refused):
        yield from (Path(folder, name) for name in names if is_log_file(name))


def _refused(error: OSError) -> None:
    raise HuntError(f"{error.filename}: can't be read: {error.strerror}")
