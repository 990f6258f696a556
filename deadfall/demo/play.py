"""`deadfall demo`: the whole story in the lab, on the terminal and in files."""

import itertools
import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from deadfall.lab.engine import Event
from deadfall.lab.lab import Lab
from deadfall.report.pdf import incident_pdf

from .story import Story, play


def demo(out: Path, console: Console) -> None:
    """Deploy into a fresh lab, let a thief touch a decoy, show and keep what happened, take everything down.

    Writes incident.json, timeline.json, alert.txt and report.pdf into `out`.

    Raises:
        LabTimeoutError: something that should have happened did not.
        DeploymentError: the program could not be deployed or destroyed.
        EmulatorError: the lab did not start, or died.
    """
    out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    started = time.monotonic()
    console.print("[bold]Deadfall in the lab[/]: an AWS of its own on this machine. Times here are not AWS's times.\n")
    with _Acts(console) as acts:
        acts.begin("Starting the lab")
        with Lab.started(on_event=acts.count) as lab:
            acts.begin("Deploying the Pulumi program")
            made = lab.up()
            acts.tell(f"{len(made.changes.created)} resources")
            story = play(lab, acts.begin)
            acts.begin("Taking everything down")
            gone = lab.deployment.destroy()
            acts.tell(f"{len(gone.changes.deleted)} resources")
    _show(console, story, _write(out, story), time.monotonic() - started)


class _Acts:
    """The acts of the demo, one line each, the current one with a spinner and a count of the resources done."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            TextColumn("[dim]{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._current: TaskID | None = None
        self._done = itertools.count(1)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._end()
        self._progress.stop()

    def begin(self, act: str) -> None:
        self._end()
        self._done = itertools.count(1)
        self._current = self._progress.add_task(act, total=1, note="")

    def tell(self, note: str) -> None:
        if self._current is not None:
            self._progress.update(self._current, note=note)

    def count(self, event: Event) -> None:
        """Told by the engine's threads."""
        if event.stage == "done":
            self.tell(f"{next(self._done)} resources")

    def _end(self) -> None:
        if self._current is not None:
            self._progress.update(self._current, completed=1)


def _offsets(story: Story) -> list[dict[str, str]]:
    start = story.moments[0].at
    return [{"at": f"+{moment.at - start:.2f} s", "what": moment.what} for moment in story.moments]


def _write(out: Path, story: Story) -> list[Path]:
    offsets = _offsets(story)
    files = {
        "incident.json": json.dumps(story.incident, indent=2).encode() + b"\n",
        "timeline.json": json.dumps([asdict(moment) for moment in story.moments], indent=2).encode() + b"\n",
        "alert.txt": f"To: {story.mail['to']}\nSubject: {story.mail['subject']}\n\n{story.mail['body']}".encode(),
        "report.pdf": incident_pdf(story.incident, offsets),
    }
    for name, content in files.items():
        (out / name).write_bytes(content)
    return [out / name for name in files]


def _show(console: Console, story: Story, written: Iterable[Path], seconds: float) -> None:
    timeline = Table(title="What happened", title_justify="left", box=None, padding=(0, 2, 0, 0), show_header=False)
    timeline.add_column(justify="right", style="cyan", no_wrap=True)
    timeline.add_column()
    for step in _offsets(story):
        timeline.add_row(step["at"], Text(step["what"]))
    console.print("", timeline, "")

    for way, denial in story.denials.items():
        console.print(Text(f"denied {way}: {denial}", style="red"))
    console.print()

    comparison = Table(title="Two paths, and what each one told us", title_justify="left")
    comparison.add_column("")
    comparison.add_column("in the lab", justify="right")
    facts = list(story.comparisons[0].told)
    for fact in facts:
        comparison.add_column(fact, justify="center")
    for row in story.comparisons:
        marks = ["[green]yes[/]" if row.told[fact] else "[red]no[/]" for fact in facts]
        comparison.add_row(row.way, f"{row.seconds:.2f} s", *marks)
    console.print(comparison, "")

    console.print(f"One incident, [bold]{story.incident['status']}[/]: {story.incident['id']}")
    for path in written:
        console.print(f"  {path}", highlight=False)
    console.print(f"\nDone in {seconds:.1f} s.")
