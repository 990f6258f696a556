"""What the text of a record must have in it for a condition to hold: cheap to ask, and right to say no.

A field's text stands in a record's JSON after the key with which the field ends, letter by letter but for case. Only
escapes could hide it. So a record without escapes in which no clue of a rule is found is no hit, and its JSON need not
be parsed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from deadfall.patterns.condition import And, Condition, Or, Test, Text

# Of what is in a clue JSON may write a slash as an escape, and anything by its number.
ESCAPES = r"\\[u/]"

# What JSON needs no other escape for, and has no case beyond ASCII.
_PIECE = re.compile(r"[A-Za-z0-9 _.,:;=@+*()/-]+")

# A number's text may be written in another way than `condition.as_text` has it.
_OF_A_NUMBER = re.compile(r"[0-9.eE+-]*")

_ANYTHING = r'(?:[^"\\]|\\.)*'

# Fields in which the records of an account have few texts among them, and services' names, are in too many records.
_COMMON_FIELDS = {"eventSource", "eventType", "eventCategory", "awsRegion", "userIdentity.type", "userAgent"}
_COMMON_TEXT = "amazonaws.com"
_NAME = 12  # a piece of so many letters is more of a name than a word

# RE2 refuses expressions that are too large.
_LONGEST = 100
_MOST = 1000


@dataclass(frozen=True)
class Clue:
    """A text after a key. `pattern` is of the regular expressions that RE2 has, without case."""

    key: str
    pattern: str
    doubt: int
    """How little it tells, by what CloudTrail's records have in common."""


def clues(condition: Condition) -> frozenset[Clue] | None:
    """Of these a record for which the condition holds has at least one; None if it may have anything."""
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


def patterns(asked: Iterable[Clue]) -> list[str]:
    """Regular expressions: one is found in a text without escapes if one of the clues is there."""
    ordered = sorted(asked, key=lambda clue: (clue.key, clue.pattern))
    return [_pattern(ordered[start : start + _MOST]) for start in range(0, len(ordered), _MOST)]


def _pattern(asked: Iterable[Clue]) -> str:
    by_key: dict[str, list[str]] = {}
    for clue in asked:
        by_key.setdefault(clue.key, []).append(clue.pattern)
    # A list may have the text anywhere. All begins with the same letters, which RE2 looks for faster than for others.
    after = [rf'{re.escape(key)}"\s*:\s*(?:\[|"(?i:{"|".join(texts)}))' for key, texts in by_key.items()]
    return '"' + (after[0] if len(after) == 1 else f"(?:{'|'.join(after)})")


def _clue(field: str, text: Text) -> Clue | None:
    key = field.rpartition(".")[2]
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
