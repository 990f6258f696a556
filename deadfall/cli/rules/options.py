"""Options shared by several commands."""

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option("--stack", help="Use the placeholder values of Pulumi.<stack>.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
