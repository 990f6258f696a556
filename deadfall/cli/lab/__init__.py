"""`deadfall lab up | status | feed | shell | visitor | down`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from deadfall.config import ConfigError
from deadfall.lab.daemon import lifecycle, profiles
from deadfall.lab.daemon.control import LabGoneError, ask
from deadfall.lab.daemon.folder import LabError, LabFolder
from deadfall.lab.project import ProjectError
from deadfall.lab.stack_spec import Engine
from deadfall.program_folder import output_folder
from deadfall.progress import Progress
from deadfall.stack_lab import daemon_spec, oldest_first

from . import feed as feeds
from . import screen, shell
from . import status as statuses

_POLL_SECONDS = 0.3

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keep a lab running to try things by hand.",
)

Folder = Annotated[
    Path,
    typer.Option("--folder", envvar=shell.LAB, show_default="out/lab", help="Where the lab keeps what is its own."),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
DEFAULT = output_folder() / "lab"


@app.command()
def up(
    stack: Annotated[str | None, typer.Option(help="The stack to deploy, dev unless a lab is running.")] = None,
    engine: Annotated[Engine | None, typer.Option(help="What deploys it, builtin unless a lab is running.")] = None,
    folder: Folder = DEFAULT,
) -> None:
    """Start a lab, or deploy what has changed into the running one."""
    lab, console = LabFolder(folder), Console()
    with _one_sentence():
        with Progress(console) as progress:
            changes = lifecycle.up(lab, stack, engine, daemon_spec, progress.begin, progress.count)
            progress.note(screen.changes(changes))
        screen.show_next(console, lab, ask(lab, "facts"))


@app.command()
def status(as_json: AsJson = False, folder: Folder = DEFAULT) -> None:
    """Say whether a lab is running, and what it has seen. Exit status 1 if none is."""
    lab = LabFolder(folder)
    with _one_sentence():
        try:
            facts = ask(lab, "facts")
            seen = ask(lab, "journal", since=0, kinds=statuses.KINDS)
            found = {"running": True, **facts, **statuses.summary(seen["entries"], oldest_first(seen["documents"]))}
        except LabGoneError:
            found = {"running": False, "why": _why_not(lab)}
        if as_json:
            print(json.dumps(found, indent=2))
        elif found["running"]:
            screen.show_status(Console(), found)
        else:
            print(found["why"])
        if not found["running"]:
            raise typer.Exit(1)


@app.command()
def feed(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as things happen, until Ctrl-C.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="From the lab's start, deployments included.")] = False,
    as_json: AsJson = False,
    folder: Folder = DEFAULT,
) -> None:
    """Show what CloudTrail recorded, which rules matched, and what the responder did, since the last deployment."""
    lab, console = LabFolder(folder), Console()
    with _one_sentence():
        try:
            for line in _lines(lab, follow, 0 if everything else None):
                if as_json:
                    print(json.dumps({**line.data, "time": statuses.iso(line.at), "kind": line.kind}), flush=True)
                else:
                    screen.show_line(console, line)
        except KeyboardInterrupt:
            return


@app.command("shell")
def open_shell(
    profile: Annotated[str, typer.Option("--as", metavar="PROFILE", help="Who to be.")] = profiles.VISITOR,
    folder: Folder = DEFAULT,
) -> None:
    """Open a shell in which `aws`, boto3 and the like talk to the lab, and to nothing else."""
    lab = LabFolder(folder)
    with _one_sentence():
        facts = _ask(lab, "facts")
        if profile not in facts["profiles"]:
            raise LabError(f"There is no profile {profile!r}; there are {', '.join(facts['profiles'])}.")
        aws = shell.aws_environment(lab, profile, facts["endpoint"])
        start = shell.start(os.environ.get("SHELL") or "/bin/sh", lab, aws, _ask(lab, "pulumi"), os.environ)
        for name, content in start.files.items():
            file = lab.shell / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o700)
            file.write_text(content)
        code = subprocess.call(start.command, env=start.environment)
    raise typer.Exit(code)


@app.command()
def visitor(
    name: Annotated[str | None, typer.Argument(help="The profile's and the user's name.")] = None,
    folder: Folder = DEFAULT,
) -> None:
    """Make another visitor, when the first one is contained."""
    with _one_sentence():
        made = _ask(LabFolder(folder), "visitor", name=name)["profile"]
        print(f"{made} is ready: deadfall lab shell --as {made}")


@app.command()
def down(folder: Folder = DEFAULT) -> None:
    """End the lab with all that is in it."""
    lab = LabFolder(folder)
    with _one_sentence():
        print(f"The lab in {lab.shown()} is gone." if lifecycle.down(lab) else _why_not(lab))


def _lines(lab: LabFolder, follow: bool, since: int | None) -> Iterator[feeds.Line]:
    told: set[str] = set()
    facts = _ask(lab, "facts")
    started = 0.0
    while True:
        try:
            found = ask(lab, "journal", since=since, kinds=list(feeds.SHOWN))
        except LabGoneError:
            print(f"The lab in {lab.shown()} has ended.", file=sys.stderr)
            return
        for line in feeds.lines(found["entries"], found["documents"], facts["responder"]):
            if line.key not in told and line.at >= started:
                told.add(line.key)
                yield line
        if not follow:
            return
        since = found["last"]
        time.sleep(_POLL_SECONDS)


def _ask(lab: LabFolder, verb: str, **details: Any) -> Any:
    try:
        return ask(lab, verb, **details)
    except LabGoneError:
        raise LabError(_why_not(lab)) from None


def _why_not(lab: LabFolder) -> str:
    if lab.lock.exists():
        return (
            f"The lab in {lab.shown()} has died: `deadfall lab up` starts another, `deadfall lab down` removes what "
            f"is left.{lab.last_words()}"
        )
    return f"No lab is running in {lab.shown()}; `deadfall lab up` starts one."


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except (LabError, LabGoneError, ConfigError, ProjectError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted.")
        raise typer.Exit(130) from None
