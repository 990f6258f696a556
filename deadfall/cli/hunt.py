"""`deadfall hunt`."""

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

import typer
from rich.console import Console
from rich.filesize import decimal

from deadfall.config import ConfigError, StackConfig
from deadfall.hunt.archive import Archive
from deadfall.hunt.athena import PRICE, Athena
from deadfall.hunt.bucket import Bucket
from deadfall.hunt.database import Database
from deadfall.hunt.error import HuntError
from deadfall.hunt.folder import Folder
from deadfall.hunt.hit import Hit
from deadfall.hunt.kill_switch import KillSwitch
from deadfall.hunt.output import as_csv, as_json, as_table
from deadfall.hunt.principals import Principals
from deadfall.hunt.progress import HuntProgress
from deadfall.hunt.rules import Hunted, check, numbered_rules, select_rules
from deadfall.hunt.span import Span
from deadfall.lab.project import ProjectError
from deadfall.printable import printable
from deadfall.rules.dead_rules import dead_rule_warnings
from deadfall.rules.sigma.back_end import NotExpressibleError
from deadfall.rules.sigma.parse import RuleError
from deadfall.rules.sigma.sql.archive_table import ArchiveTable
from deadfall.rules.sigma.sql.athena_table import AthenaTable
from deadfall.stack_files import config_of

Format = Literal["table", "csv", "json"]

# The width of output that is not a terminal.
_WIDE = 240
_SKIPPED = 2
_PLAIN: Any = {"markup": False, "highlight": False, "soft_wrap": True}


def hunt(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH|s3://...", help="CloudTrail log files, or folders of them.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option(metavar="NAME|FILE", help="Run only this shipped rule, or this Sigma file.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day, inclusive.")] = None,
    output: Annotated[
        Format | None,
        typer.Option("--format", show_default="table on a terminal, else json", help="How to print hits."),
    ] = None,
    would_contain: Annotated[
        bool, typer.Option("--would-contain", help="Show what the kill switch would have done about each hit.")
    ] = False,
    stack: Annotated[str, typer.Option(help="The stack whose decoys and principals the rules name.")] = "dev",
    athena: Annotated[
        str | None, typer.Option(metavar="WORKGROUP", help="Query Athena instead of reading files.")
    ] = None,
    database: Annotated[str, typer.Option(help="The Athena database.")] = "default",
    table: Annotated[str, typer.Option(help="The Athena table of CloudTrail log files.")] = "cloudtrail_logs",
) -> None:
    """Run the detections over archived CloudTrail files. Exit status 2 if files were skipped."""
    console = Console(stderr=True, width=_width(sys.stderr))
    with _one_sentence(console), tempfile.TemporaryDirectory(prefix="deadfall-hunt-") as spill:
        span = _span(since, until)
        archives = _archives(paths or [], athena)
        config = config_of(stack)
        hunted = select_rules(rule or [], config)
        if rule:
            for each in hunted:
                check(each, AthenaTable() if athena else ArchiveTable())
            _warn(hunted, config, console)
        elif athena:
            hunted = _answerable(hunted, console)
        with Database(numbered_rules(hunted), span, Path(spill)) as found:
            if athena:
                broken = _ask(Athena(athena, database, table), hunted, span, found, console)
            else:
                broken = _search(archives, span, found, console)
            switch = KillSwitch(config) if would_contain else None
            _write(_hits(found, hunted, switch), output, console, verdicts=would_contain)
    if broken:
        raise typer.Exit(_SKIPPED)


def _span(since: datetime | None, until: datetime | None) -> Span:
    if since and until and until < since:
        raise HuntError(f"--until {until:%Y-%m-%d} is before --since {since:%Y-%m-%d}; swap them")
    return Span(since.date() if since else None, until.date() if until else None)


def _archives(paths: Sequence[str], athena: str | None) -> list[Archive]:
    if athena and paths:
        raise HuntError("--athena queries a table that has its own files; remove the paths")
    if not athena and not paths:
        raise HuntError("no input: name files, folders or s3://bucket/prefix, or use --athena WORKGROUP")
    here = [Path(path) for path in paths if not path.startswith("s3://")]
    buckets = [Bucket(path) for path in paths if path.startswith("s3://")]
    return [*([Folder(here)] if here else []), *buckets]


def _search(archives: Sequence[Archive], span: Span, found: Database, console: Console) -> int:
    """Search the files and return how many were skipped."""
    started = time.monotonic()
    skipped = records = 0
    with HuntProgress(console) as progress:
        listed = [(archive, archive.files(span)) for archive in archives]
        files = [file for _, each in listed for file in each]
        if not files:
            raise HuntError("the paths contain no CloudTrail log files" + (" for these days" if not span.open else ""))
        size = sum(file.size for file in files)
        progress.begin(len(files), size)
        for archive, each in listed:
            with closing(archive.batches(each)) as batches:
                for batch in batches:
                    searched = found.search(list(batch.files))
                    records += searched.records
                    broken = {batch.files[each.file]: each.reason for each in searched.broken} | dict(batch.missing)
                    skipped += len(broken)
                    for file, reason in broken.items():
                        console.print(f"skipped: {_shown(file.name)}: {_shown(reason)}", style="yellow", **_PLAIN)
                    done = [*batch.files.values(), *batch.missing]
                    progress.advance(len(done), sum(file.size for file in done), searched.records)
    seconds = time.monotonic() - started
    skips = f", {skipped:,} of them skipped" if skipped else ""
    _summary(
        console,
        f"{records:,} records in {len(files):,} files{skips}, {decimal(size)}, in {seconds:.1f} s "
        f"({records / seconds:,.0f} records/s)",
    )
    return skipped


def _warn(hunted: Sequence[Hunted], config: StackConfig, console: Console) -> None:
    """Report what of the rules can never match, so that no hit is not taken for nothing found."""
    for warning in dict.fromkeys(text for each in hunted for text in dead_rule_warnings(each.rule, config)):
        console.print(f"warning: {_shown(warning)}", style="yellow", **_PLAIN)


def _answerable(hunted: Sequence[Hunted], console: Console) -> list[Hunted]:
    """Return the rules that Athena can evaluate, and report the others."""
    answerable: list[Hunted] = []
    for each in hunted:
        try:
            check(each, AthenaTable())
            answerable.append(each)
        except NotExpressibleError as error:
            console.print(f"not run: {_shown(str(error))}", style="yellow", **_PLAIN)
    return answerable


def _ask(athena: Athena, hunted: Sequence[Hunted], span: Span, found: Database, console: Console) -> int:
    with HuntProgress(console) as progress:
        answer = athena.run(numbered_rules(hunted), span, progress.describe)
        found.add(answer.found)
    _summary(console, f"Athena scanned {decimal(answer.scanned)}: ${answer.dollars:.4f} ({PRICE})")
    return 0


def _hits(found: Database, hunted: Sequence[Hunted], switch: KillSwitch | None) -> Iterator[Hit]:
    for each in found.found():
        rule = hunted[int(each.rule)]
        verdict = switch.verdict(rule, each.record) if switch else None
        yield Hit(rule, each.record, each.count, each.group, verdict)


def _write(hits: Iterable[Hit], output: Format | None, console: Console, *, verdicts: bool) -> None:
    principals = Principals() if verdicts else None
    counted = principals.counting(hits) if principals else hits
    match output or ("table" if sys.stdout.isatty() else "json"):
        case "json":
            as_json.write(counted, sys.stdout, principals)
        case "csv":
            as_csv.write(counted, sys.stdout, verdicts=verdicts)
            if principals:
                as_table.write_principals(console, principals)
        case "table":
            as_table.write(counted, Console(width=_width(sys.stdout), highlight=False), principals)


def _width(out: TextIO) -> int | None:
    return None if out.isatty() else _WIDE


def _summary(console: Console, text: str) -> None:
    console.print(text, style="dim", **_PLAIN)


def _shown(text: str) -> str:
    return printable(text, 500)


@contextmanager
def _one_sentence(console: Console) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # the reader closed the pipe; typer handles it
    except (HuntError, RuleError, NotExpressibleError, ConfigError, ProjectError, OSError) as error:
        console.print(f"error: {_shown(str(error))}", style="red", **_PLAIN)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Interrupted.")
        raise typer.Exit(130) from None
