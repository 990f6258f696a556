"""The interface of an archive of CloudTrail log files."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .log_file import Listing, LogFile
from .span import Span


@dataclass(frozen=True)
class Batch:
    """Local files, valid until the next batch is requested, by path; and why other files are missing."""

    files: Mapping[Path, LogFile]
    missing: Mapping[LogFile, str] = field(default_factory=dict)


class Archive(Protocol):
    """A source of log files. Both methods raise HuntError if the hunt can't continue."""

    def files(self, span: Span) -> Listing:
        """List the log files that may have records of the span."""
        ...

    def batches(self, files: Sequence[LogFile]) -> Generator[Batch, None, None]:
        """Yield these files in batches. Close the generator to stop early."""
        ...
