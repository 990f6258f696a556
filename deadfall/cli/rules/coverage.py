"""`deadfall rules coverage`."""

from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.console import Console
from rich.text import Text

from deadfall.rules.catalog import detections
from deadfall.rules.coverage.cell import Cell, Status, summary
from deadfall.rules.coverage.notes import Notes
from deadfall.rules.coverage.prove import coverage
from deadfall.stack_files import config_of

from . import output
from .options import AsJson, Stack

# From best to worst.
_STYLES: dict[Status, str] = {"proved": "green", "impossible": "dim", "gap": "yellow", "hole": "bold red"}


def show_coverage(stack: Stack = "dev", as_json: AsJson = False) -> None:
    """Report for each way to touch a decoy whether a rule detects it. Exit status 1 if there is a hole.

    This deploys nothing and makes no AWS calls: the CloudTrail records are built from AWS's documentation.
    """
    with output.exit_on_error():
        config = config_of(stack)
        cells = coverage(config, detections(config))
    if as_json:
        output.emit_json([asdict(cell) for cell in cells])
    else:
        _print(cells)
    output.print_note(summary(cells))
    if any(cell.status == "hole" for cell in cells):
        raise typer.Exit(output.FAILED)


def _print(cells: Sequence[Cell]) -> None:
    """Print a row for each way and outcome, and below the table the reasons for what is not detected."""
    notes = Notes()
    table = output.table("decoy", "way", "outcome", "event path", "log path")
    rows: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        rows.setdefault((cell.decoy, cell.way, cell.outcome), []).append(cell)
    for row in rows.values():
        before = (output.cell(text) for text in (row[0].decoy, row[0].way, row[0].outcome))
        table.add_row(*before, *(_path([cell for cell in row if cell.path == path], notes) for path in ("E", "L")))
    Console().print(table)
    for line in notes.lines():
        output.emit(line)


def _path(cells: Sequence[Cell], notes: Notes) -> Text:
    """Return the cell for one path; regions are named if they differ."""
    regions: dict[str, list[str]] = {}
    for cell in cells:
        regions.setdefault(notes.describe(cell), []).append(cell.region)
    several = len(regions) > 1
    texts = [f"{text} ({', '.join(where)})" if several else text for text, where in regions.items()]
    worst = max(list(_STYLES).index(cell.status) for cell in cells)
    return output.cell("; ".join(texts), list(_STYLES.values())[worst])
