"""One cell of the coverage table, and the sentence about all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from deadfall.touches.touch import Outcome

Status = Literal["proved", "impossible", "gap", "hole"]
Path = Literal["E", "L"]


@dataclass(frozen=True)
class Cell:
    """Whether a touch of a decoy, in a region, is seen on a path.

    `proved` by these rules; `impossible`, since AWS writes nothing that names the decoy; a `gap`, which is known and
    declared; or a `hole`: it is written, and no rule sees it. All but the first say why. `verified` is false where only
    a record proves it whose form AWS does not document.
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
    """What `pulumi preview` says of the coverage."""
    counts = Counter(cell.status for cell in cells)
    told = [f"{counts['proved']} proved", f"{counts['impossible']} impossible"]
    told += [f"{counts[each]} {each if counts[each] == 1 else f'{each}s'}" for each in ("gap", "hole")]
    return f"coverage: {', '.join(told)}; see docs/coverage.md"
