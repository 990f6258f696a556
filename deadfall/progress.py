"""The steps of a command, a line each, as they go."""

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
    """The current step has a spinner and a count of the resources done. A step that fails keeps no tick."""

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
        """The step before this one is done."""
        self._end()
        self._done = itertools.count(1)
        self._current = self._bars.add_task(step, total=1, note="")

    def tell(self, note: str) -> None:
        """Say something beside the current step."""
        if self._current is not None:
            self._bars.update(self._current, note=note)

    def count(self, event: StepOfEngine) -> None:
        """For an engine's `on_event`."""
        if event.stage == "done":
            self.tell(f"{next(self._done)} resources")

    def _end(self) -> None:
        if self._current is not None:
            self._bars.update(self._current, completed=1)
