"""`make guardrails`: how many mutations of the shipped stacks the guardrails catch."""

import sys

from rich.console import Console
from rich.table import Column, Table

from .stacks import analyzers, lean
from .trying import all_ways, caught, judged


def main() -> int:
    """Print a row per guardrail; the exit status is 1 if a mutation went wrong."""
    table = Table(Column("guardrail", no_wrap=True), "violations caught", "compliant left alone", "unknown said")
    sums = [0, 0, 0, 0, 0, 0]
    with analyzers() as analyzer:
        for name, ways in sorted(all_ways().items()):
            seen = [judged(name, way, lean, analyzer) for way in ways.violations]
            left = [judged(name, way, lean, analyzer) for way in ways.compliant]
            told = [judged(name, way, lean, analyzer) for way in ways.unknown]
            counts = [
                sum(caught(name, way, verdicts) for way, verdicts in zip(ways.violations, seen, strict=True)),
                len(seen),
                sum(not verdicts.said for verdicts in left),
                len(left),
                sum(not verdicts.red and any(said.unknown for said in verdicts.said) for verdicts in told),
                len(told),
            ]
            sums = [total + count for total, count in zip(sums, counts, strict=True)]
            table.add_row(name, *_of(counts))
    table.add_section()
    table.add_row(f"{len(all_ways())} guardrails", *_of(sums))
    Console().print(table)
    return int(sums[::2] != sums[1::2])


def _of(counts: list[int]) -> list[str]:
    return [f"{counts[i]} of {counts[i + 1]}" if counts[i + 1] else "" for i in (0, 2, 4)]


if __name__ == "__main__":
    sys.exit(main())
