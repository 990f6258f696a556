"""Derive regular expressions that a record's JSON text must match for a condition to hold: a cheap prefilter.

A field's text occurs in the JSON after the field's last key, literally except for case and escapes. A record without
escapes and without any clue of a rule is not a hit, and its JSON need not be parsed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from deadfall.patterns.condition import And, Condition, Or, Test, Text, split_path

# The escapes by which JSON could hide a clue: a slash, or any character by its number.
ESCAPES = r"\\[u/]"

# Characters that JSON needn't escape and that have no case beyond ASCII.
_PIECE = re.compile(r"[A-Za-z0-9 _.,:;=@+*()/-]+")

# A number may be written differently in JSON than in `condition.as_text`.
_OF_A_NUMBER = re.compile(r"[0-9.eE+-]*")

_ANYTHING = r'(?:[^"\\]|\\.)*'

# Texts that are in too many records: of fields with few distinct values, and services' names.
_COMMON_FIELDS = {"eventSource", "eventType", "eventCategory", "awsRegion", "userIdentity.type", "userAgent"}
_COMMON_TEXT = "amazonaws.com"
_NAME = 12  # a piece of this length is probably a name rather than a word

# RE2 rejects expressions that are too large.
_LONGEST = 100
_MOST = 1000


@dataclass(frozen=True)
class Clue:
    """A text after a key; `pattern` is a case-insensitive RE2 expression."""

    key: str
    pattern: str
    doubt: int
    """How common the clue is in CloudTrail's records; 0 is the rarest."""


def clues(condition: Condition) -> frozenset[Clue] | None:
    """Return clues of which every matching record has at least one; None if there are none."""
    match condition:
        case And():
            known = [found for part in condition.of if (found := clues(part)) is not None]
            return min(known, key=lambda found: max((clue.doubt for clue in found), default=0), default=None)
        case Or():
            parts = [clues(part) for part in condition.of]
            return None if None in parts else frozenset[Clue]().union(*(part for part in parts if part))
        case Test(field, Text() as text) if clue := _clue(field, text):
            return frozenset({clue})
    return None


def patterns(wanted: Iterable[Clue]) -> list[str]:
    """Return regular expressions, one of which matches a text without escapes if it has one of the clues."""
    ordered = sorted(wanted, key=lambda clue: (clue.key, clue.pattern))
    return [_pattern(ordered[start : start + _MOST]) for start in range(0, len(ordered), _MOST)]


def _pattern(wanted: Iterable[Clue]) -> str:
    by_key: dict[str, list[str]] = {}
    for clue in wanted:
        by_key.setdefault(clue.key, []).append(clue.pattern)
    # A list may have the text anywhere. A common prefix makes RE2's search faster.
    after = [rf'{re.escape(key)}"\s*:\s*(?:\[(?s:.*?))?"(?i:{"|".join(texts)})' for key, texts in by_key.items()]
    return '"' + (after[0] if len(after) == 1 else f"(?:{'|'.join(after)})")


def _clue(field: str, text: Text) -> Clue | None:
    key = split_path(field)[-1]
    piece = _longest_piece(text)
    if not _PIECE.fullmatch(key) or not piece or text.holds(True) or text.holds(False):
        return None
    whole, first = text.plain, text.parts[0].text
    if piece == whole:
        written = re.escape(piece) + '"'
    else:
        written = ("" if first.startswith(piece) else _ANYTHING) + re.escape(piece)
    return Clue(key, written.lower(), _doubt(field, piece))


def _doubt(field: str, piece: str) -> int:
    if field in _COMMON_FIELDS or piece.endswith(_COMMON_TEXT):
        return 3
    if field == "eventName":
        return 1
    return 0 if len(piece) >= _NAME else 2


def _longest_piece(text: Text) -> str:
    pieces = [piece for part in text.parts for piece in _PIECE.findall(part.text) if not _OF_A_NUMBER.fullmatch(piece)]
    return max(pieces, key=len, default="")[:_LONGEST]
