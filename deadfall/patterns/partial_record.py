"""Partially known records.

In a partial record every object is open: a key that it does not list may have any value or be absent.
`ABSENT` as a value means that the key is certainly absent. Plain values and the elements of lists are known, and
objects within lists are open too. A completion gives open objects further keys, none of which contains a dot.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, IntEnum
from typing import Any

PartialRecord = Mapping[str, Any]


class _Absent(Enum):
    ABSENT = "absent"


ABSENT = _Absent.ABSENT
"""The value of a key that is certainly absent."""


class Certainty(IntEnum):
    """The result of matching a partial record, in Kleene's order: a conjunction is as certain as its
    least certain part.

    `NEVER`: no completion of the record matches. `CERTAIN`: every completion does. `POSSIBLE`: neither is proven.
    """

    NEVER = 0
    POSSIBLE = 1
    CERTAIN = 2

    @classmethod
    def of(cls, *, certain: bool, possible: bool) -> "Certainty":
        """Return the certainty of a condition that certainly holds, or else possibly."""
        return cls.CERTAIN if certain else cls.POSSIBLE if possible else cls.NEVER

    @classmethod
    def of_any(cls, parts: Iterable["Certainty"]) -> "Certainty":
        """Return the certainty of a disjunction; an empty one never holds."""
        return max(parts, default=cls.NEVER)

    @classmethod
    def of_all(cls, parts: Iterable["Certainty"]) -> "Certainty":
        """Return the certainty of a conjunction; an empty one certainly holds."""
        return min(parts, default=cls.CERTAIN)


def known(value: Any) -> Any:
    """Return the smallest completion: the partial record without absent keys."""
    if isinstance(value, Mapping):
        return {key: known(inner) for key, inner in value.items() if inner is not ABSENT}
    return [known(element) for element in value] if isinstance(value, list | tuple) else value


def may_have_more(value: object, path: str) -> bool:
    """Return whether a completion may have a value at a dotted path that the partial record does not show.

    Lists on the path are transparent, as in an event pattern.
    """
    if isinstance(value, list | tuple):
        return any(may_have_more(element, path) for element in value)
    if not isinstance(value, Mapping):
        return False
    key, dot, rest = path.partition(".")
    return key not in value or (bool(dot) and may_have_more(value[key], rest))
