"""Play the demo and present it, on the terminal and in files."""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadfall.lab.stack_spec import Engine
from deadfall.progress import Progress
from deadfall.report.pdf import incident_pdf
from deadfall.stack_lab import StackLab

from .story import Story, play


def demo(out: Path, console: Console, engine: Engine = "builtin") -> None:
    """Deploy into a fresh lab, let a thief touch a decoy, present what happened, and destroy everything.

    Writes incident.json, timeline.json, alert.txt and report.pdf into `out`. `engine` deploys: the built-in one, or the
    pulumi CLI.

    Raises:
        LabTimeoutError: an expected event did not happen.
        DeploymentError: the program could not be deployed or destroyed.
        EmulatorError: the lab did not start, or died.
    """
    out.mkdir(parents=True, exist_ok=True)  # fail before the work, not after it
    started = time.monotonic()
    console.print("[bold]Deadfall in the lab[/], an emulated AWS on this machine. Its times are not AWS's times.\n")
    with Progress(console) as progress:
        progress.begin("Starting the lab")
        with StackLab.started(on_event=progress.count, engine=engine) as lab:
            progress.begin("Deploying the Pulumi program")
            created = lab.up().changes.created
            progress.note(f"{len(created)} resources")
            story = play(lab, progress.begin)
            progress.begin("Destroying everything")
            deleted = lab.deployment.destroy().changes.deleted
            progress.note(f"{len(deleted)} resources")
    _show(console, story, _write(out, story), time.monotonic() - started)


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

    comparison = Table(title="What each path reported", title_justify="left")
    comparison.add_column("")
    comparison.add_column("in the lab", justify="right")
    facts = list(story.comparisons[0].reported)
    for fact in facts:
        comparison.add_column(fact, justify="center")
    for row in story.comparisons:
        marks = ["[green]yes[/]" if row.reported[fact] else "[red]no[/]" for fact in facts]
        comparison.add_row(row.way, f"{row.seconds:.2f} s", *marks)
    console.print(comparison, "")

    console.print(f"One incident, [bold]{story.incident['status']}[/]: {story.incident['id']}")
    for path in written:
        console.print(f"  {path}", highlight=False)
    console.print(f"\nDone in {seconds:.1f} s.")
