"""`deadfall demo`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deadfall.config import ConfigError
from deadfall.demo import play
from deadfall.lab.emulator import EmulatorError
from deadfall.lab.engine import DeploymentError
from deadfall.lab.lab import LabTimeoutError
from deadfall.lab.project import ProjectError
from deadfall.lab.stack_spec import Engine


def demo(
    out: Annotated[Path, typer.Option(help="Folder for incident, timeline, alert and report.")] = Path("out/demo"),
    engine: Annotated[
        Engine, typer.Option(help="The engine that deploys: built-in, or the pulumi CLI on PATH.")
    ] = "builtin",
) -> None:
    """Play the whole story in the lab: deploy, touch a decoy, contain the caller."""
    try:
        play.demo(out, Console(), engine)
    except (ConfigError, ProjectError, EmulatorError, DeploymentError, LabTimeoutError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None
