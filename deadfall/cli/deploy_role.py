"""`deadfall deploy-role`."""

import json
from typing import Annotated

import typer
from rich.console import Console

from deadfall.config import ConfigError
from deadfall.deploy_role.error import DeployRoleError
from deadfall.deploy_role.generate import policies
from deadfall.lab.emulator import EmulatorError
from deadfall.lab.engine import DeploymentError
from deadfall.lab.project import ProjectError


def deploy_role(
    stack: Annotated[str, typer.Option(help="The stack: Pulumi.<stack>.yaml.")],
) -> None:
    """Print the IAM policies that the deploy role of a stack needs, as a JSON list of managed policy documents."""
    try:
        typer.echo(json.dumps(policies(stack), indent=2))
    except (ConfigError, ProjectError, EmulatorError, DeploymentError, DeployRoleError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None
