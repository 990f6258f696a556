"""A table for the terminal."""

import itertools
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadfall.printable import printable

from ..hit import Hit
from ..principals import Principals

# A table must know its widest row before it prints the first, so it can't be unlimited.
MOST_ROWS = 1000

_STYLES = {"contained": "red", "suppressed": "yellow", "observed": "cyan"}


def write(hits: Iterable[Hit], console: Console, principals: Principals | None) -> None:
    remaining = iter(hits)
    shown = list(itertools.islice(remaining, MOST_ROWS))
    more = sum(1 for _ in remaining)  # consume all hits: doing so counts the principals
    if not shown:
        console.print("No hits.")
        return
    console.print(_hits(shown, verdicts=principals is not None))
    _say_more(console, more)
    if principals is not None:
        write_principals(console, principals)


def write_principals(console: Console, principals: Principals) -> None:
    title = "What the kill switch would have done, by principal, if every rule had `response: contain`"
    table = _table(title, "outcome", "who", "hits", "first", "last", "what, or why")
    found = principals.all()
    for each in found[:MOST_ROWS]:
        what = "; ".join(each.actions) or each.reason
        table.add_row(
            Text(each.outcome, _STYLES.get(each.outcome, "")),
            _text(each.caller, 100),
            f"{each.hits:,}",
            _text(each.first),
            _text(each.last),
            _text(what, 200),
        )
    console.print(table)
    _say_more(console, len(found) - MOST_ROWS)


def _say_more(console: Console, more: int) -> None:
    if more > 0:
        console.print(f"and {more:,} more, which --format json shows")


def _hits(hits: Iterable[Hit], *, verdicts: bool) -> Table:
    table = _table(None, "time", "rule", "level", "who", "call", "from")
    if verdicts:
        table.add_column("would be")
    for hit in hits:
        table.add_row(
            *_row(hit), *([Text(hit.verdict.outcome, _STYLES.get(hit.verdict.outcome, ""))] if hit.verdict else [])
        )
    return table


def _row(hit: Hit) -> Iterator[Text]:
    rule = hit.hunted.rule.name
    if hit.count is not None:
        group = ", ".join(f"{value}" for value in (hit.group or {}).values())
        rule = f"{rule}: {hit.count}" + (f" by {group}" if group else "")
    call = f"{hit.text('eventSource').removesuffix('.amazonaws.com')} {hit.text('eventName')}"
    error = hit.text("errorCode")
    yield _text(hit.text("eventTime"))
    yield _text(rule)
    yield _text(hit.hunted.rule.level)
    yield _text(f"{hit.account} {hit.caller.rpartition(':')[2]}".strip(), 80)
    yield _text(f"{call} ({error})" if error else call)
    yield _text(hit.text("sourceIPAddress"), 45)


def _table(title: str | None, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column == "hits" else "left", overflow="fold")
    return table


def _text(value: str, limit: int = 120) -> Text:
    return Text(printable(value, limit))
