"""`deadfall rules cost`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from deadfall.config import StackConfig
from deadfall.decoy import Decoy
from deadfall.rules import catalog
from deadfall.rules.compiler import CompiledRule, leave_out_declared_gaps
from deadfall.rules.over_match import OverMatch
from deadfall.stack_files import config_of

from . import output
from .archive import days_of, over_matches, print_skipped
from .cost import INVOCATION, INVOCATION_SOURCE, SOURCE, cost
from .options import AsJson, Stack
from .selection import select_rules

_MONTH_DAYS = 30


@dataclass(frozen=True)
class _Extra:
    """What a rule's supersets matched beyond it in an archive; `days` is 0 if its folders don't name the days."""

    event_path: int
    log_path: int
    days: int

    @property
    def a_month(self) -> float | None:
        """Invocations of the responder for events of the event path, as if each month were like the archive."""
        return self.event_path * _MONTH_DAYS / self.days if self.days else None


def show_cost(
    names: Annotated[list[str] | None, typer.Argument(help="Rule names or files; default: all shipped rules.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Count in this folder of CloudTrail files what supersets match beyond the rule.")
    ] = None,
    stack: Stack = "dev",
    as_json: AsJson = False,
) -> None:
    """Show what each rule costs a month, and how many events its supersets send to the responder in vain."""
    with output.exit_on_error():
        config = config_of(stack)
        selected = [
            (leave_out_declared_gaps(variant), decoy)
            for each in select_rules(names or [], config)
            for variant, decoy in zip(each.variants, each.decoys, strict=True)
            if not catalog.matches_nothing(variant.rule)
        ]
        rules = [rule for rule, _ in selected]
        counted: Sequence[OverMatch | None] = [None] * len(rules)
        days = 0
        if against:
            counted, searched = over_matches(rules, against)
            print_skipped(searched)
            days = days_of(against)
    rows = [_row(rule, decoy, over, days, config) for (rule, decoy), over in zip(selected, counted, strict=True)]
    if as_json:
        output.emit_json(rows)
        return
    table = output.table("rule", "fixed", "with hits", "superset", "extra events")
    for row in rows:
        table.add_row(
            output.cell(f"{row['name']} ({row['decoy']})" if row["decoy"] else row["name"]),
            output.cell(f"${row['fixed']:.2f}"),
            output.cell(f"${row['with_hits']:.2f}"),
            output.cell(", ".join(row["supersets"])),
            output.cell(_describe(row)),
        )
    output.screen().print(table)
    output.print_note(f"A month, in USD. {SOURCE[0].upper()}{SOURCE[1:]}; {INVOCATION_SOURCE}.")
    if not against and any(row["supersets"] for row in rows):
        output.print_note("To count the extra events in records of your own, add --against FOLDER.")


def _row(
    compiled: CompiledRule, decoy: Decoy | None, over: OverMatch | None, days: int, config: StackConfig
) -> dict[str, Any]:
    price = cost(compiled, compiled.regions(config.detection_regions))
    extra = _Extra(over.extra["E"], over.extra["L"], days) if over and compiled.supersets else None
    a_month = extra.a_month if extra else None
    return {
        "name": compiled.rule.name,
        "decoy": decoy.decoy_name if decoy else None,
        "fixed": price.fixed,
        "with_hits": price.with_hits,
        "supersets": [{"E": "event path", "L": "log path"}[path] for path in compiled.supersets],
        "extra": {"event_path": extra.event_path, "log_path": extra.log_path, "days": days} if extra else None,
        "estimated_a_month": None if a_month is None else {"events": a_month, "usd": a_month * INVOCATION},
    }


def _describe(row: dict[str, Any]) -> str:
    if not row["supersets"]:
        return ""
    if row["extra"] is None:
        return "unknown"
    paths = {"event path": row["extra"]["event_path"], "log path": row["extra"]["log_path"]}
    counted = ", ".join(f"{paths[path]} on the {path}" for path in row["supersets"])
    a_month = row["estimated_a_month"]
    if a_month is None:
        return counted
    return f"{counted}; estimated {a_month['events']:.0f} invocations a month, ${a_month['usd']:.2f}"
