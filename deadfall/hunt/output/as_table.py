"""A table for the terminal; where it is too narrow for one, a paragraph for each row."""

import itertools
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deadfall.printable import printable

from ..hit import Hit
from ..principals import Principal, Principals

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
    table = _hits(shown, verdicts=principals is not None)
    if _fits(table, console):
        console.print(table)
    else:
        for hit in shown:
            _print_paragraph(console, *_paragraph(hit))
    _say_more(console, more)
    if principals is not None:
        write_principals(console, principals)


def write_principals(console: Console, principals: Principals) -> None:
    console.print(Text("What the kill switch would have done, by principal, if every rule had `response: contain`"))
    table = _table("outcome", "who", "hits", "first", "last", "what, or why")
    found = principals.all()
    for each in found[:MOST_ROWS]:
        table.add_row(
            Text(each.outcome, _STYLES.get(each.outcome, "")),
            _text(each.caller, 100),
            f"{each.hits:,}",
            _text(each.first),
            _text(each.last),
            _text(_what(each), 200),
        )
    if _fits(table, console):
        console.print(table)
    else:
        for each in found[:MOST_ROWS]:
            hits = f"{each.hits:,} hit{'s' * (each.hits > 1)}"
            outcome = Text.assemble((each.outcome, _STYLES.get(each.outcome, "")), "  ", hits)
            times = each.first if each.first == each.last else f"{each.first} to {each.last}"
            _print_paragraph(console, outcome, _text(each.caller, 200), _text(times), _text(_what(each), 500))
    _say_more(console, len(found) - MOST_ROWS)


def _what(principal: Principal) -> str:
    return "; ".join(principal.actions) or principal.reason


def _fits(table: Table, console: Console) -> bool:
    return Measurement.get(console, console.options.update(max_width=10_000), table).maximum <= console.width


def _print_paragraph(console: Console, first: Text, *others: Text) -> None:
    console.print(first)
    for line in others:
        if line.plain:
            console.print(Padding(line, (0, 0, 0, 4), expand=False))


def _say_more(console: Console, more: int) -> None:
    if more > 0:
        console.print(f"and {more:,} more, which --format json shows")


def _hits(hits: Iterable[Hit], *, verdicts: bool) -> Table:
    table = _table("time", "rule", "level", "who", "call", "from")
    if verdicts:
        table.add_column("would be")
    for hit in hits:
        table.add_row(
            *_row(hit), *([Text(hit.verdict.outcome, _STYLES.get(hit.verdict.outcome, ""))] if hit.verdict else [])
        )
    return table


def _row(hit: Hit) -> Iterator[Text]:
    yield _text(hit.text("eventTime"))
    yield _text(_rule(hit))
    yield _text(hit.hunted.rule.level)
    yield _text(_who(hit), 80)
    yield _text(_call(hit))
    yield _text(hit.text("sourceIPAddress"), 45)


def _paragraph(hit: Hit) -> Iterator[Text]:
    outcome = hit.verdict.outcome if hit.verdict else ""
    first = _text(f"{hit.text('eventTime')}  {hit.hunted.rule.level}  {_rule(hit)}", 400)
    yield Text.assemble(first, *(["  ", (outcome, _STYLES.get(outcome, ""))] if outcome else []))
    source = hit.text("sourceIPAddress")
    yield _text(_call(hit) + (f" from {source}" if source else ""), 400)
    yield _text(_who(hit), 200)


def _rule(hit: Hit) -> str:
    name = hit.hunted.rule.name
    if hit.count is None:
        return name
    group = ", ".join(f"{value}" for value in (hit.group or {}).values())
    return f"{name}: {hit.count}" + (f" by {group}" if group else "")


def _who(hit: Hit) -> str:
    return f"{hit.account} {hit.caller.rpartition(':')[2]}".strip()


def _call(hit: Hit) -> str:
    call = f"{hit.text('eventSource').removesuffix('.amazonaws.com')} {hit.text('eventName')}"
    error = hit.text("errorCode")
    return f"{call} ({error})" if error else call


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column == "hits" else "left", overflow="fold")
    return table


def _text(value: str, limit: int = 120) -> Text:
    return Text(printable(value, limit))
