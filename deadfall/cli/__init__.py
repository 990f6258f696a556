"""The command line: `deadfall <verb>`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deadfall.config import ConfigError
from deadfall.demo.play import demo as play_demo
from deadfall.deploy_role.error import DeployRoleError
from deadfall.deploy_role.generate import policies
from deadfall.hunt.cli import hunt
from deadfall.lab.emulator import EmulatorError
from deadfall.lab.engine import DeploymentError
from deadfall.lab.engine.project import ProjectError
from deadfall.lab.lab import Engine, LabTimeoutError
from deadfall.lab.standing.cli import app as lab
from deadfall.rules.cli.app import app as rules

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(lab, name="lab")
app.add_typer(rules, name="rules")
app.command()(hunt)


@app.callback()
def deadfall() -> None:
    """Bait, trigger, drop: AWS decoys, and the containment of whoever touches them."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where incident.json, timeline.json, alert.txt and report.pdf go.")] = Path(
        "out/demo"
    ),
    engine: Annotated[
        Engine, typer.Option(help="What deploys: the built-in engine, or the pulumi CLI on PATH.")
    ] = "builtin",
) -> None:
    """Play the whole story in the lab: deploy, touch a decoy, see the toucher contained."""
    try:
        play_demo(out, Console(), engine)
    except (ConfigError, ProjectError, EmulatorError, DeploymentError, LabTimeoutError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None


@app.command()
def deploy_role(
    stack: Annotated[str, typer.Option(help="Which Pulumi.<stack>.yaml.")],
) -> None:
    """Print the policies that the role which deploys a stack needs: a JSON list of managed policy documents."""
    try:
        typer.echo(json.dumps(policies(stack), indent=2))
    except (ConfigError, ProjectError, EmulatorError, DeploymentError, DeployRoleError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None
