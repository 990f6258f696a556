"""Command groups that import a verb's module only when the verb runs."""

import gc
import importlib
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from .closed_pipe import end_quietly

# Where a context has the time at which the command began, before its modules were imported.
STARTED = "deadfall.started"


@dataclass(frozen=True)
class Verb:
    """A verb of a group.

    `target` is `module:attribute`, a function or a `typer.Typer`; `help` is the line in the group's help.
    """

    target: str
    help: str


def lazy_group(verbs: Mapping[str, Verb]) -> type[TyperGroup]:
    """Return the class of a group with these verbs, for `typer.Typer(cls=...)`."""

    class LazyGroup(TyperGroup):
        def main(self, *args: Any, **options: Any) -> Any:
            with end_quietly():
                return super().main(*args, **options)

        def list_commands(self, ctx: Any) -> list[str]:
            return list(verbs)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            """Return a placeholder with the verb's help line, which suffices to list it and to match its name."""
            return TyperCommand(cmd_name, help=verbs[cmd_name].help) if cmd_name in verbs else None

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            ctx.meta.setdefault(STARTED, time.monotonic())
            name, stand_in, rest = super().resolve_command(ctx, args)
            return name, load(verbs[name]) if name else stand_in, rest

    return LazyGroup


def load(verb: Verb) -> Any:
    """Import the verb's module and return its command."""
    module, _, attribute = verb.target.partition(":")
    gc.disable()  # imports create many objects and hardly any garbage
    try:
        loaded = getattr(importlib.import_module(module), attribute)
    finally:
        if "duckdb" not in sys.modules:  # it reports what is frozen as leaked
            gc.freeze()
        gc.enable()
    if not isinstance(loaded, typer.Typer):
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command()(loaded)
        loaded = app
    return typer.main.get_command(loaded)
