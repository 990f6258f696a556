"""An archive, wherever it is."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .log_file import LogFile
from .span import Span


@dataclass(frozen=True)
class Batch:
    """Files that are on this machine until the next batch is asked for, by their paths; and why others are not."""

    files: Mapping[Path, LogFile]
    missing: Mapping[LogFile, str] = field(default_factory=dict)


class Archive(Protocol):
    """Both methods raise HuntError for what ends a hunt."""

    def files(self, span: Span) -> list[LogFile]:
        """The log files that may have records of the span."""
        ...

    def batches(self, files: Sequence[LogFile]) -> Generator[Batch, None, None]:
        """These files, a portion at a time. Close the generator to end before its end."""
        ...
