"""`deadfall hunt`."""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

import typer
from rich.console import Console
from rich.filesize import decimal

from deadfall.config import ConfigError, StackConfig
from deadfall.hunt.archive import Archive, Batch
from deadfall.hunt.athena import PRICE, Athena
from deadfall.hunt.bucket import Bucket
from deadfall.hunt.database import Database, Searched
from deadfall.hunt.error import HuntError
from deadfall.hunt.folder import Folder
from deadfall.hunt.hit import Hit
from deadfall.hunt.kill_switch import KillSwitch
from deadfall.hunt.log_file import describe_others
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

from .lazy import STARTED

Format = Literal["table", "csv", "json"]

# The width of output that is not a terminal.
_WIDE = 240
_SKIPPED = 2
_PLAIN: Any = {"markup": False, "highlight": False, "soft_wrap": True}


def hunt(
    typer_context: typer.Context,
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
    started = typer_context.meta.get(STARTED, time.monotonic())
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
                summary = _ask(Athena(athena, database, table), hunted, span, found, console)
                complete = True
            else:
                counts = _search(archives, span, found, console)
                summary, complete = counts.describe(), counts.complete
            switch = KillSwitch(config) if would_contain else None
            _write(_hits(found, hunted, switch), output, console, verdicts=would_contain)
            console.print(f"{summary}, in {time.monotonic() - started:.1f} s", style="dim", **_PLAIN)
    if not complete:
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


@dataclass
class _Counts:
    """What was searched and what was not."""

    files: int = 0
    size: int = 0
    records: int = 0
    skipped_files: int = 0
    partly_searched: int = 0
    skipped_records: int = 0
    others: Counter[str] = field(default_factory=Counter)

    @property
    def complete(self) -> bool:
        return not (self.skipped_files or self.partly_searched or self.skipped_records)

    def describe(self) -> str:
        parts = [f"{self.records:,} records in {self.files:,} files"]
        if self.skipped_files:
            parts.append(f"{self.skipped_files:,} of them skipped")
        if self.partly_searched:
            parts.append(f"{self.partly_searched:,} of them searched only in part")
        if self.skipped_records:
            parts.append(f"{self.skipped_records:,} records skipped")
        if self.others:
            parts.append(f"not read: {describe_others(self.others)}")
        return ", ".join([*parts, decimal(self.size)])


def _search(archives: Sequence[Archive], span: Span, found: Database, console: Console) -> _Counts:
    """Search the files, report what is skipped, and return the numbers."""
    counts = _Counts()
    with HuntProgress(console) as progress:
        listed = [(archive, archive.files(span)) for archive in archives]
        for _, listing in listed:
            counts.files += len(listing.files) + len(listing.skipped)
            counts.size += sum(file.size for file in listing.files)
            counts.others += listing.others
            for name, reason in listing.skipped.items():
                _report(console, "skipped", name, reason)
                counts.skipped_files += 1
        if counts.files == counts.skipped_files:
            days = "" if span.open else " for these days"
            others = f", but {describe_others(counts.others)}" if counts.others else ""
            raise HuntError(f"the paths contain no CloudTrail log files{days}{others}")
        progress.begin(counts.files - counts.skipped_files, counts.size)
        for archive, listing in listed:
            with closing(archive.batches(listing.files)) as batches:
                for batch in batches:
                    searched = found.search(list(batch.files))
                    _count(counts, searched, batch, console)
                    done = [*batch.files.values(), *batch.missing]
                    progress.advance(len(done), sum(file.size for file in done), searched.records)
        _count(counts, found.finish(), Batch({}), console)
    return counts


def _count(counts: _Counts, searched: Searched, batch: Batch, console: Console) -> None:
    counts.records += searched.records
    for each in searched.broken:
        name = batch.files[each.file].name if each.file else None
        if each.records is None:
            counts.skipped_files += 1
        else:
            counts.partly_searched += name is not None
            counts.skipped_records += each.records
        records = f"{each.records:,} record{'s' * (each.records > 1)}: " if name and each.records else ""
        _report(console, "skipped", name, records + each.reason)
    for each in searched.repaired:
        _report(console, "repaired", batch.files[each.file].name if each.file else None, each.reason)
    for file, reason in batch.missing.items():
        counts.skipped_files += 1
        _report(console, "skipped", file.name, reason)


def _report(console: Console, what: str, name: str | None, reason: str) -> None:
    text = f"{what}: {_shown(name)}: {_shown(reason)}" if name is not None else f"{what}: {_shown(reason)}"
    console.print(text, style="yellow", **_PLAIN)


def _warn(hunted: Sequence[Hunted], config: StackConfig, console: Console) -> None:
    """Report how rules depart from Sigma, and what of them can never match, so that no hits are not misread."""
    for note in dict.fromkeys(f"{each.rule.name}: {text}" for each in hunted for text in each.rule.departures):
        console.print(f"note: {_shown(note)}", style="yellow", **_PLAIN)
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


def _ask(athena: Athena, hunted: Sequence[Hunted], span: Span, found: Database, console: Console) -> str:
    with HuntProgress(console) as progress:
        answer = athena.run(numbered_rules(hunted), span, progress.describe)
        found.add(answer.found)
    return f"Athena scanned {decimal(answer.scanned)}: ${answer.dollars:.4f} ({PRICE})"


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
