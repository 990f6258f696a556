"""What our matcher says of a pair, and how it compares with what event-ruler says."""

import json
from collections.abc import Callable

from deadfall.patterns.event_pattern import EventPattern, InvalidPattern
from deadfall.patterns.event_pattern_operators import number

MATCHED = "matched"
MISSED = "missed"
REFUSED = "refused"
COMPLEX = "complex"


def our_verdict(pattern: str, event: str, parse_float: Callable[[str], object] = number) -> str:
    """In event-ruler's words: matched, missed, or refused with our reason. Both are JSON text.

    The numbers of the event are read as those of a pattern are: event-ruler still has their digits, and `json.loads`
    alone would round them.
    """
    try:
        return MATCHED if EventPattern(pattern).matches(json.loads(event, parse_float=parse_float)) else MISSED
    except InvalidPattern as refused:
        return f"{REFUSED} {refused}"


def agreed(ours: str, theirs: str) -> str | None:
    """What both say: matched, missed, refused, complex (refused for its wildcards alone); None if they disagree."""
    word = theirs.split(" ", 1)[0]
    if word == COMPLEX:
        return COMPLEX if ours.startswith(REFUSED) and "rule is too complex" in ours else None
    return word if ours.split(" ", 1)[0] == word else None
