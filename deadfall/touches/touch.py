"""One way to touch a decoy, with one outcome: what CloudTrail writes about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .records import Record

Outcome = Literal["success", "denied"]
OUTCOMES: tuple[Outcome, ...] = ("success", "denied")

PUBLISHED = (
    "CloudTrail records that were published: https://github.com/invictus-ir/aws_dataset, "
    "https://github.com/adanalvarez/TrailDiscover, https://github.com/DataDog/stratus-red-team"
)
"""The source where AWS's documentation is silent (research, deception.md 2.2, 2.3)."""


@dataclass(frozen=True)
class Trace:
    """What CloudTrail writes about one such call: `documented` is known of AWS, `expected` is not verified on AWS. One
    record that is seen is enough. `told` tells this call from the others of the touch."""

    told: str
    documented: Sequence[Record] = ()
    expected: Sequence[Record] = ()


@dataclass(frozen=True)
class Touch:
    """A way with an outcome. Each of its traces must be seen, unless there is a reason that it isn't.

    `impossible`: AWS writes no record that names the decoy. `unwatched`: we leave it at that. `essential`: the policy
    pack rejects a stack whose rules and filters miss it; other detections may be switched off in stack config.
    """

    way: str
    outcome: Outcome
    source: str
    traces: Sequence[Trace] = ()
    impossible: str = ""
    unwatched: str = ""
    essential: bool = False
