"""The progress of a hunt, on standard error."""

import time
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

_NONE = "-"


class HuntProgress:
    """A progress bar with files, bytes and records per second; silent unless standard error is a terminal."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[note]}", style="dim", markup=False),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("Looking for log files", total=None, note="")
        self._started = time.monotonic()
        self._files = self._all_files = self._bytes = self._all_bytes = self._records = 0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, files: int, size: int) -> None:
        """Set the total to search."""
        self._started = time.monotonic()
        self._all_files, self._all_bytes = files, size
        self._bars.update(self._task, description="Hunting", total=size, note=self._note())

    def advance(self, files: int, size: int, records: int) -> None:
        self._files += files
        self._bytes += size
        self._records += records
        self._bars.update(self._task, completed=self._bytes, note=self._note())

    def describe(self, note: str) -> None:
        """Show a status text, for steps without a count."""
        self._bars.update(self._task, description=note)

    def _note(self) -> str:
        return (
            f"{self._files:,}/{self._all_files:,} files, {decimal(self._bytes)}/{decimal(self._all_bytes)}, "
            f"{self.records_per_second} records/s"
        )

    @property
    def records_per_second(self) -> str:
        seconds = time.monotonic() - self._started
        return f"{self._records / seconds:,.0f}" if self._records and seconds else _NONE
