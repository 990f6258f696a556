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
from deadfall.lab.daemon.control import LabGoneError, send_request
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
    help="Run a lab in the background for manual experiments.",
)

Folder = Annotated[
    Path,
    typer.Option("--folder", envvar=shell.LAB, show_default="out/lab", help="The lab's folder."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
DEFAULT = output_folder() / "lab"


@app.command()
def up(
    stack: Annotated[str | None, typer.Option(help="The stack to deploy. Default: the running lab's, or dev.")] = None,
    engine: Annotated[
        Engine | None, typer.Option(help="The Pulumi engine. Default: the running lab's, or builtin.")
    ] = None,
    folder: Folder = DEFAULT,
) -> None:
    """Start a lab, or deploy your changes into the running one."""
    lab, console = LabFolder(folder), Console()
    with _report_errors():
        with Progress(console) as progress:
            changes = lifecycle.up(lab, stack, engine, daemon_spec, progress.begin, progress.count)
            progress.note(screen.describe_changes(changes))
        screen.show_next(console, lab, send_request(lab, "facts"))


@app.command()
def status(as_json: AsJson = False, folder: Folder = DEFAULT) -> None:
    """Show the running lab, and its incidents, mails and matched rules. Exit with status 1 if no lab is running."""
    lab = LabFolder(folder)
    with _report_errors():
        try:
            facts = send_request(lab, "facts")
            seen = send_request(lab, "journal", since=0, kinds=statuses.KINDS)
            found = {"running": True, **facts, **statuses.summarize(seen["entries"], oldest_first(seen["documents"]))}
        except LabGoneError:
            found = {"running": False, "why": _describe_absence(lab)}
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
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for new lines until Ctrl-C.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Start with the lab itself, deployments included.")] = False,
    as_json: AsJson = False,
    folder: Folder = DEFAULT,
) -> None:
    """Show CloudTrail records, matched rules and the responder's actions since the last deployment."""
    lab, console = LabFolder(folder), Console()
    with _report_errors():
        try:
            for line in _feed_lines(lab, follow, 0 if everything else None):
                if as_json:
                    print(json.dumps({**line.data, "time": statuses.iso(line.at), "kind": line.kind}), flush=True)
                else:
                    screen.show_line(console, line)
        except KeyboardInterrupt:
            return


@app.command("shell")
def open_shell(
    profile: Annotated[str, typer.Option("--as", metavar="PROFILE", help="The AWS profile to use.")] = profiles.VISITOR,
    folder: Folder = DEFAULT,
) -> None:
    """Open a shell in which the AWS CLI, boto3 and other AWS tools reach only the lab."""
    lab = LabFolder(folder)
    with _report_errors():
        facts = _request(lab, "facts")
        if profile not in facts["profiles"]:
            raise LabError(f"There is no profile {profile!r}; choose one of {', '.join(facts['profiles'])}.")
        aws = shell.aws_environment(lab, profile, facts["endpoint"])
        start = shell.prepare(os.environ.get("SHELL") or "/bin/sh", lab, aws, _request(lab, "pulumi"), os.environ)
        for name, content in start.files.items():
            file = lab.shell / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o700)
            file.write_text(content)
        code = subprocess.call(start.command, env=start.environment)
    raise typer.Exit(code)


@app.command()
def visitor(
    name: Annotated[str | None, typer.Argument(help="The name of the IAM user and its profile.")] = None,
    folder: Folder = DEFAULT,
) -> None:
    """Create another visitor, for example when the first one is contained."""
    with _report_errors():
        created = _request(LabFolder(folder), "visitor", name=name)["profile"]
        print(f"{created} is ready: deadfall lab shell --as {created}")


@app.command()
def down(folder: Folder = DEFAULT) -> None:
    """Stop the lab and remove everything in it."""
    lab = LabFolder(folder)
    with _report_errors():
        print(f"Stopped the lab in {lab.display_path()}." if lifecycle.down(lab) else _describe_absence(lab))


def _feed_lines(lab: LabFolder, follow: bool, since: int | None) -> Iterator[feeds.Line]:
    printed: set[str] = set()
    facts = _request(lab, "facts")
    started = 0.0
    while True:
        try:
            found = send_request(lab, "journal", since=since, kinds=list(feeds.RENDERERS))
        except LabGoneError:
            print(f"The lab in {lab.display_path()} has ended.", file=sys.stderr)
            return
        for line in feeds.lines(found["entries"], found["documents"], facts["responder"]):
            if line.key not in printed and line.at >= started:
                printed.add(line.key)
                yield line
        if not follow:
            return
        since = found["last"]
        time.sleep(_POLL_SECONDS)


def _request(lab: LabFolder, verb: str, **details: Any) -> Any:
    try:
        return send_request(lab, verb, **details)
    except LabGoneError:
        raise LabError(_describe_absence(lab)) from None


def _describe_absence(lab: LabFolder) -> str:
    if lab.lock.exists():
        return (
            f"The lab in {lab.display_path()} has crashed: `deadfall lab up` starts a new one, `deadfall lab down` "
            f"removes its files.{lab.log_tail()}"
        )
    return f"No lab is running in {lab.display_path()}; `deadfall lab up` starts one."


@contextmanager
def _report_errors() -> Iterator[None]:
    try:
        yield
    except (LabError, LabGoneError, ConfigError, ProjectError, OSError) as error:
        Console(stderr=True).print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted.")
        raise typer.Exit(130) from None
