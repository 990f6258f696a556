"""What our matcher says of a pair, and how it compares with what event-ruler says."""

import json

from deadfall.rules.event_pattern import EventPattern, InvalidPattern

MATCHED = "matched"
MISSED = "missed"
REFUSED = "refused"
COMPLEX = "complex"


def our_verdict(pattern: str, event: str) -> str:
    """In event-ruler's words: matched, missed, or refused with our reason. Both are JSON text."""
    try:
        return MATCHED if EventPattern(pattern).matches(json.loads(event)) else MISSED
    except InvalidPattern as refused:
        return f"{REFUSED} {refused}"


def agreed(ours: str, theirs: str) -> str | None:
    """What both say: matched, missed, refused, complex (refused for its wildcards alone); None if they disagree."""
    word = theirs.split(" ", 1)[0]
    if word == COMPLEX:
        return COMPLEX if ours.startswith(REFUSED) and "rule is too complex" in ours else None
    return word if ours.split(" ", 1)[0] == word else None
