"""The command line: `deadfall <verb>`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deadfall.config import ConfigError
from deadfall.demo.play import demo as play_demo
from deadfall.lab.emulator import EmulatorError
from deadfall.lab.engine import DeploymentError
from deadfall.lab.engine.project import ProjectError
from deadfall.lab.lab import LabTimeoutError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def deadfall() -> None:
    """Bait, trigger, drop: AWS decoys, and the containment of whoever touches them."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where incident.json, timeline.json, alert.txt and report.pdf go.")] = Path(
        "out/demo"
    ),
) -> None:
    """Play the whole story in the lab: deploy, touch a decoy, see the toucher contained."""
    try:
        play_demo(out, Console())
    except (ConfigError, ProjectError, EmulatorError, DeploymentError, LabTimeoutError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None
