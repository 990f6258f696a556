"""The terminal output of the lab commands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadfall.lab.daemon.folder import LabFolder
from deadfall.printable import printable

from .feed import Line

_STATUS = {"CONTAINED": "bold green", "PARTIAL": "bold red", "FAILED": "bold red"}


def describe_changes(counts: Mapping[str, int]) -> str:
    """Return a summary of a deployment's changes, such as `1 created, 110 same`."""
    if not any(count for what, count in counts.items() if what != "same"):
        return "nothing to change"
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def show_next(console: Console, lab: LabFolder, facts: Mapping[str, Any]) -> None:
    """Print the next steps for a running lab."""
    console.print(
        f"\nThe lab runs at {facts['endpoint']} until `deadfall lab down`: account {facts['account']}, "
        f"stack {facts['stack']}.\n",
        highlight=False,
        soft_wrap=True,
    )
    commands = _grid()
    for command, what in (
        ("deadfall lab shell", "open a shell as a visitor, or --as deployer or --as admin"),
        ("deadfall lab feed -f", "show records, matched rules and responder actions, live"),
        ("deadfall lab status", "show incidents, mails and rules that matched so far"),
        ("deadfall lab up", "again: deploy your changes"),
    ):
        commands.add_row(Text(command, style="bold"), what)
    console.print(commands)
    console.print("\nTo use the AWS CLI outside that shell:", soft_wrap=True)
    for line in (
        f"export AWS_CONFIG_FILE={lab.aws_config} AWS_SHARED_CREDENTIALS_FILE=/dev/null",
        "aws --profile visitor secretsmanager list-secrets",
    ):
        console.print(Text(f"  {line}"), soft_wrap=True)


def show_status(console: Console, found: Mapping[str, Any]) -> None:
    """Print a lab's facts, incidents, matched rules and mails."""
    since = _local(found["since"])
    deployed = found["deployed"]
    facts = _grid()
    facts.add_row("running since", f"{since:%Y-%m-%d %H:%M:%S}")
    facts.add_row("endpoint", found["endpoint"])
    facts.add_row("account", found["account"])
    facts.add_row("regions", ", ".join(found["regions"]))
    facts.add_row("stack", f"{found['stack']}, {found['engine']} engine")
    facts.add_row(
        "resources",
        "deploying now"
        if found["deploying"]
        else f"{deployed['resources']}, deployed {_local(deployed['at']):%H:%M:%S}"
        if deployed
        else "none deployed",
    )
    facts.add_row("profiles", ", ".join(found["profiles"]))
    facts.add_row("profile file", found["aws_config"])
    console.print(facts)

    for title, rows in (
        ("Incidents", [_incident(incident) for incident in found["incidents"]]),
        ("Rules that matched", [_matched(rule) for rule in found["rules"]]),
        ("Mails", [_mail(mail) for mail in found["mails"]]),
    ):
        console.print(f"\n[bold]{title}[/]" if rows else f"\n[bold]{title}[/]: none")
        table = _grid()
        for row in rows:
            table.add_row("", *row)
        if rows:
            console.print(table)


def show_line(console: Console, line: Line) -> None:
    """Print one line of the feed, truncated to the width of the terminal."""
    text = Text.assemble(
        (f"{datetime.fromtimestamp(line.at):%H:%M:%S.%f}"[:12], "dim"), "  ", (f"{line.kind:<8}", "dim")
    )
    text.append(f"  {line.text}", style=line.style)
    if console.is_terminal:
        text.truncate(console.width, overflow="ellipsis")
    console.print(text, soft_wrap=True)


def _grid() -> Table:
    return Table(box=None, show_header=False, padding=(0, 2, 0, 0))


def _incident(incident: Mapping[str, Any]) -> list[Text]:
    status = incident["status"]
    what = f"touched {printable(incident['touched'], 80)} ({printable(incident['what'], 48)})"
    return [
        Text(printable(incident["id"])),
        Text(printable(status, 12), style=_STATUS.get(status, "bold yellow")),
        Text(f"{printable(incident['who'], 64)} {what}"),
    ]


def _matched(rule: Mapping[str, Any]) -> list[Text]:
    times = f"{rule['matched']} time{'s' if rule['matched'] > 1 else ''}"
    return [Text(printable(rule["rule"])), Text(times), Text(printable(rule["region"]))]


def _mail(mail: Mapping[str, Any]) -> list[Text]:
    return [Text(f"{_local(mail['at']):%H:%M:%S}"), Text(printable(mail["to"], 60)), Text(printable(mail["subject"]))]


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone()
