"""Progress of a command: one line per step."""

import itertools
from typing import Protocol, Self

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class StepOfEngine(Protocol):
    """An engine's event about one resource."""

    @property
    def stage(self) -> str: ...


class Progress:
    """A line per step; the current one has a spinner and a note. A step that fails gets no tick."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[note]}", style="dim", markup=False),
            TimeElapsedColumn(),
            console=console,
        )
        self._current: TaskID | None = None
        self._done = itertools.count(1)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._end()
        self._bars.stop()

    def begin(self, step: str) -> None:
        """End the current step and begin another."""
        self._end()
        self._done = itertools.count(1)
        self._current = self._bars.add_task(step, total=1, note="")

    def note(self, note: str) -> None:
        """Show a note beside the current step."""
        if self._current is not None:
            self._bars.update(self._current, note=note)

    def count(self, event: StepOfEngine) -> None:
        """For an engine's `on_event`."""
        if event.stage == "done":
            self.note(f"{next(self._done)} resources")

    def _end(self) -> None:
        if self._current is not None:
            self._bars.update(self._current, completed=1)
