"""One way to touch a decoy, with one outcome and its CloudTrail records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .records import Record

Outcome = Literal["success", "denied"]
OUTCOMES: tuple[Outcome, ...] = ("success", "denied")

PUBLISHED = (
    "Published CloudTrail records: https://github.com/invictus-ir/aws_dataset, "
    "https://github.com/adanalvarez/TrailDiscover, https://github.com/DataDog/stratus-red-team"
)
"""The source for what AWS doesn't document (docs/aws-facts.md, published-records)."""


@dataclass(frozen=True)
class Trace:
    """The CloudTrail records of one call; detecting one of them is enough.

    AWS documents the form of `documented` records; that of `expected` ones is not verified on AWS. `label`
    distinguishes this call from the others of the touch.
    """

    label: str
    documented: Sequence[Record] = ()
    expected: Sequence[Record] = ()


@dataclass(frozen=True)
class Touch:
    """A way to touch a decoy, with an outcome. Each of its traces must be detected unless a reason is given.

    `impossible`: why AWS writes no record that names the decoy. `unwatched`: why no rule is meant to detect it.
    `essential`: the policy pack rejects a stack whose rules and filters miss it; other detections may be disabled in
    stack config.
    """

    way: str
    outcome: Outcome
    source: str
    traces: Sequence[Trace] = ()
    impossible: str = ""
    unwatched: str = ""
    essential: bool = False
