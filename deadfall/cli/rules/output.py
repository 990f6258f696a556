"""Print results on standard output and everything else on standard error, with text from files sanitized."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadfall.config import ConfigError
from deadfall.hunt.error import HuntError
from deadfall.lab.project import ProjectError
from deadfall.printable import printable
from deadfall.rules.examples import ExampleError
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.parse import RuleError

FAILED, INVALID_INPUT = 1, 2
"""Exit statuses."""

_LONGEST = 100_000
_WIDE = 240  # used when standard output isn't a terminal


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Report an error of the input as one sentence and exit."""
    try:
        yield
    except NotExpressibleError as error:
        print_note(f"error: {error}")
        raise typer.Exit(FAILED) from None
    except (RuleError, ExampleError, ConfigError, ProjectError, HuntError, OSError) as error:
        print_note(f"error: {error}")
        raise typer.Exit(INVALID_INPUT) from None


def print_note(message: str) -> None:
    """Print a note on standard error."""
    aside().print(Text(safe(message)), soft_wrap=True)


def print_warnings(warnings: Iterable[str]) -> None:
    """Print each warning once, on standard error."""
    for warning in dict.fromkeys(warnings):
        print_note(f"warning: {warning}")


def screen() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDE)


def aside() -> Console:
    return Console(stderr=True)


def emit(text: str) -> None:
    """Print a result for other programs: unchanged, or sanitized if standard output is a terminal."""
    print(safe(text) if sys.stdout.isatty() else text)


def print_text(text: str) -> None:
    """Print a result for people, sanitized."""
    print(safe(text))


def emit_json(result: Any) -> None:
    print(json.dumps(result, indent=2))


def table(*headers: str) -> Table:
    """Return an empty table; fill it with `cell`, which sanitizes."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        made.add_column(Text(header), overflow="fold")
    return made


def cell(text: object, style: str = "") -> Text:
    return Text(safe(str(text)), style=style)


def safe(text: str) -> str:
    """Remove whatever could move, colour or hide text on the screen, except line breaks."""
    return "\n".join(printable(line, _LONGEST) for line in text.split("\n"))
