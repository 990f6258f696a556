"""What a record must have in it for a condition to hold: cheap to ask, and right to say no.

A field's text stands in the JSON of the record's member that the field begins with, letter by letter but for case. So
a record in whose members no piece of a rule's texts is found is no hit, without taking the JSON apart.
"""

import re
from dataclasses import dataclass

from ..condition import And, Condition, Or, Test, Text

# What JSON never writes as an escape.
_PIECE = re.compile(r"[A-Za-z0-9 _.,:;=@+*()/-]+")

# A number's text may be written in another way than `condition.as_text` has it.
_OF_A_NUMBER = re.compile(r"[0-9.eE+-]*")

_SHORT = 6


@dataclass(frozen=True)
class Clue:
    """A piece of text that is in a member of the record, in whatever case."""

    member: str
    piece: str
    nested: bool

    @property
    def doubt(self) -> int:
        """How little it tells, by what CloudTrail's records have in common."""
        if self.member == "eventSource" or len(self.piece) < _SHORT:
            return 3
        if self.member == "eventName":
            return 0
        return 2 if self.nested else 1


def clues(condition: Condition) -> frozenset[Clue] | None:
    """Of these a record for which the condition holds has at least one; None if it may have anything."""
    match condition:
        case And():
            known = [found for part in condition.of if (found := clues(part)) is not None]
            return min(known, key=lambda found: max((clue.doubt for clue in found), default=0), default=None)
        case Or():
            parts = [clues(part) for part in condition.of]
            return None if None in parts else frozenset[Clue]().union(*(part for part in parts if part))
        case Test(field, Text() as text) if piece := _longest_piece(text):
            member, *inner = field.split(".")
            return frozenset({Clue(member, piece, bool(inner))})
    return None


def _longest_piece(text: Text) -> str:
    pieces = [piece for part in text.parts for piece in _PIECE.findall(part.text) if not _OF_A_NUMBER.fullmatch(piece)]
    return max(pieces, key=len, default="").lower()
