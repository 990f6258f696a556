"""The page docs/coverage.md: every way to touch a decoy, and whether it is seen."""

from collections.abc import Collection, Sequence

from deadfall.decoy import RegionalDecoy
from deadfall.decoys import KINDS
from deadfall.names import GLOBAL_REGION

from .cell import Cell, Path, summary
from .notes import Notes
from .prove import ELSEWHERE

_LEGEND = """\
# Coverage

Every way to touch a decoy that we know, and whether it is seen, before anything is deployed. Written by `make docs`
from the rules and the three stacks that ship; a test fails if the page is stale, or if there is a hole. For your own
stack: `deadfall rules coverage --stack <stack>`.

Path E is EventBridge, path L the trail's log group with its metric filters.

- **a rule's name**: proved. CloudTrail's record of that touch, written as AWS documents it, reaches that rule under
  AWS's delivery rules (region, rule state, read-only events, forwarding to the home region) and matches what the rule
  compiles to. It is tried for users and roles as callers, for each spelling of the name, and for each way in which AWS
  words a refusal.
- **impossible**: AWS writes no record that names the decoy. The note says why.
- **gap**: it could be seen, and is not. The note says why we leave it at that.
- **hole**: a record is written that names the decoy, and no rule sees it.
- **not verified on AWS**: AWS does not document what the record looks like.

Numbers in the columns of the paths are those of notes, in the last column of sources.

Rules that count several records prove nothing here. Regions: *its own* is the decoy's; *us-east-1*, because IAM's
records appear there alone; *every* is every region of the account, but path E has rules only in those of the stack's
config and in us-east-1. Elsewhere path L alone sees the key.
"""

_BEYOND = """\
## What the table leaves out

- Calls that fail for another reason than a refusal, such as a version that is not there. Their records keep the
  parameters, as far as such records were published.
- Replicas: replicating the secret is a change of it, and seen; reading the copy is seen by path L if the secret is
  named by its name, and not by path E.
- An adopted trail is assumed to log every management event of every region.
"""


def page(cells: Sequence[Cell]) -> str:
    """The whole page, of the cells of all stacks."""
    notes, sources = Notes(), Notes()
    parts = [_LEGEND, f"{summary(cells).partition(';')[0].capitalize()} (dev, minimal and prod together).\n"]
    for name, kind in KINDS.items():
        rows = [_row(row, notes, sources) for row in _rows([cell for cell in cells if cell.kind == name])]
        header = ["| way | outcome | path E | path L | regions | source |", "|---|---|---|---|---|---|"]
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
    told = (
        first.way,
        first.outcome,
        _path("E", cells, notes),
        _path("L", cells, notes),
        _regions(first.kind, {cell.region for cell in cells}),
        f"[{sources.number(first.source)}]",
    )
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in told)} |"


def _path(path: Path, cells: Sequence[Cell], notes: Notes) -> str:
    """What all stacks, decoys and regions say; the legend says what is elsewhere on path E."""
    here = [cell for cell in cells if cell.path == path and not (path == "E" and cell.region == ELSEWHERE)]
    return "; ".join(dict.fromkeys(notes.describe(cell) for cell in here))


def _regions(kind: str, regions: Collection[str]) -> str:
    if issubclass(KINDS[kind], RegionalDecoy):
        return "its own"
    return GLOBAL_REGION if set(regions) == {GLOBAL_REGION} else "every"
