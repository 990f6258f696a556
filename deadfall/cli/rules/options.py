"""Options that several verbs take."""

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option("--stack", help="Which Pulumi.<stack>.yaml says what placeholders stand for.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
