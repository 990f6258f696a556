"""What one detection is: the same question asked on both paths, and what a hit leads to."""

from dataclasses import dataclass
from typing import Any, Literal

API_CALL = "AWS API Call via CloudTrail"
# AWS spells the sign-in type both ways (research: response.md 3.3): match both.
SIGN_IN = ("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail")

Response = Literal["contain", "alert"]


@dataclass(frozen=True)
class DetectionRule:
    """One detection: an EventBridge pattern (path E) and a metric filter pattern (path L) that match the same records.

    `id` goes into the names of rules, filters and alarms, so it must not say that a decoy is behind it.
    `regions` are those in which the event can appear; `matches_reads` says whether a read-only event can match, in
    which case path E is dead unless the rule's state includes all CloudTrail management events (research:
    deception.md 2.1).
    """

    id: str
    title: str
    response: Response
    regions: tuple[str, ...]
    matches_reads: bool
    event_pattern: dict[str, Any]
    filter_pattern: str
