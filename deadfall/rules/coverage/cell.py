"""One cell of the coverage table, and the summary of all cells."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from deadfall.touches.touch import Outcome

Status = Literal["proved", "impossible", "gap", "hole"]
Path = Literal["E", "L"]


@dataclass(frozen=True)
class Cell:
    """Whether a touch of a decoy in a region is detected on a path.

    `status` is `proved`, by these rules; `impossible`, because AWS writes no record that names the decoy; `gap`, a
    declared omission; or `hole`, a record that no rule matches. All but `proved` have a reason. `verified` is false
    if the proof needs a record whose form AWS doesn't document.
    """

    kind: str
    decoy: str
    way: str
    outcome: Outcome
    path: Path
    region: str
    status: Status
    rules: tuple[str, ...] = ()
    reason: str = ""
    source: str = ""
    verified: bool = True


def summary(cells: Iterable[Cell]) -> str:
    """Return the line that `pulumi preview` prints."""
    counts = Counter(cell.status for cell in cells)
    parts = [f"{counts['proved']} proved", f"{counts['impossible']} impossible"]
    parts += [f"{counts[each]} {each if counts[each] == 1 else f'{each}s'}" for each in ("gap", "hole")]
    return f"coverage: {', '.join(parts)}; see docs/coverage.md"
