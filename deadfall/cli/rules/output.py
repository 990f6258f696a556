"""What the verbs print: results on standard output, all else on standard error, and no text of a file as it is."""

import json
import sys
from collections.abc import Iterator
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

NO, WRONG_INPUT = 1, 2
"""Exit status: the answer is no; what was asked can't be answered."""

_LONGEST = 100_000
_WIDE = 240  # where there is no terminal whose width would tell


@contextmanager
def one_sentence() -> Iterator[None]:
    """Errors of the input as one sentence."""
    try:
        yield
    except NotExpressibleError as error:
        say(f"error: {error}")
        raise typer.Exit(NO) from None
    except (RuleError, ExampleError, ConfigError, ProjectError, HuntError, OSError) as error:
        say(f"error: {error}")
        raise typer.Exit(WRONG_INPUT) from None


def say(message: str) -> None:
    """To people, beside the result."""
    aside().print(Text(safe(message)), soft_wrap=True)


def screen() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDE)


def aside() -> Console:
    return Console(stderr=True)


def emit(text: str) -> None:
    """The result for other programs, unchanged; on a terminal it is made fit for one."""
    print(safe(text) if sys.stdout.isatty() else text)


def tell(text: str) -> None:
    """The result for people."""
    print(safe(text))


def emit_json(result: Any) -> None:
    print(json.dumps(result, indent=2))


def table(*headers: str) -> Table:
    """A table of texts that may be anybody's."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        made.add_column(Text(header), overflow="fold")
    return made


def cell(text: object, style: str = "") -> Text:
    return Text(safe(str(text)), style=style)


def safe(text: str) -> str:
    """Nothing in it moves, colours or hides what is on the screen; lines stay lines."""
    return "\n".join(printable(line, _LONGEST) for line in text.split("\n"))
