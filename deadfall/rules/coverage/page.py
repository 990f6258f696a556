"""Render docs/coverage.md: every way to touch a decoy, and whether it is detected."""

from collections.abc import Collection, Sequence

from deadfall.decoy import RegionalDecoy
from deadfall.decoys import KINDS
from deadfall.names import GLOBAL_REGION

from .cell import Cell, Path, summary
from .notes import Notes
from .prove import ELSEWHERE

_LEGEND = """\
# Coverage

Every known way to touch a decoy, and whether a rule detects it. `make docs` generates this page from the rules and the
three shipped stacks, without deploying anything; a test fails if the page is stale or if there is a hole. For your own
stack, run `deadfall rules coverage --stack <stack>`.

The event path is EventBridge; the log path is the trail's log group with its metric filters.

- **a rule's name**: proved. CloudTrail's record of that touch, in the form that AWS documents, reaches the rule under
  AWS's delivery rules (region, rule state, read-only events, forwarding to the home region) and matches the compiled
  rule. This is checked for users and roles as callers, each spelling of the name, and each wording of AWS's denials.
- **impossible**: AWS writes no record that names the decoy. The note gives the reason.
- **gap**: it could be detected and is not. The note gives the reason.
- **hole**: AWS writes a record that names the decoy, and no rule matches it.
- **not verified on AWS**: AWS does not document the form of the record.

Numbers in the path columns refer to the notes, those in the last column to the sources.

Rules with a threshold are not considered. Regions: *its own* is the decoy's region; *us-east-1* is the only region
where IAM's records appear; *every* is every region of the account. The event path has rules only in us-east-1 and the
regions of the stack's config; elsewhere only the log path detects the use of a key.
"""

_BEYOND = """\
## What the table leaves out

- Calls that fail for a reason other than a denial, such as a missing version. In published records, these have their
  parameters.
- Replicas: replicating the secret is a change and is detected. Reading the copy is detected on the log path if the call
  gives the secret's name, and not on the event path.
- An adopted trail is assumed to log all management events in all regions.
"""


def page(cells: Sequence[Cell]) -> str:
    """Return the whole page for the cells of all stacks."""
    notes, sources = Notes(), Notes()
    parts = [_LEGEND, f"{summary(cells).partition(';')[0].capitalize()} (dev, minimal and prod together).\n"]
    for name, kind in KINDS.items():
        rows = [_row(row, notes, sources) for row in _rows([cell for cell in cells if cell.kind == name])]
        header = ["| way | outcome | event path | log path | regions | source |", "|---|---|---|---|---|---|"]
        parts.append("\n".join([f"## {kind.title}", "", *header, *rows, ""]))
    parts.append("\n".join(["## Notes", "", *notes.lines(), ""]))
    parts.append("\n".join(["## Sources", "", *sources.lines(), ""]))
    parts.append(_BEYOND)
    return "\n".join(parts)


def _rows(cells: Sequence[Cell]) -> list[list[Cell]]:
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        rows.setdefault((cell.way, cell.outcome), []).append(cell)
    return list(rows.values())


def _row(cells: Sequence[Cell], notes: Notes, sources: Notes) -> str:
    first = cells[0]
    texts = (
        first.way,
        first.outcome,
        _path("E", cells, notes),
        _path("L", cells, notes),
        _regions(first.kind, {cell.region for cell in cells}),
        f"[{sources.number(first.source)}]",
    )
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"


def _path(path: Path, cells: Sequence[Cell], notes: Notes) -> str:
    """Return the cell for all stacks, decoys and regions; the legend covers other regions on the event path."""
    here = [cell for cell in cells if cell.path == path and not (path == "E" and cell.region == ELSEWHERE)]
    return "; ".join(dict.fromkeys(notes.describe(cell) for cell in here))


def _regions(kind: str, regions: Collection[str]) -> str:
    if issubclass(KINDS[kind], RegionalDecoy):
        return "its own"
    return GLOBAL_REGION if set(regions) == {GLOBAL_REGION} else "every"
