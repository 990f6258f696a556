"""Check the modifiers of a rule's fields: pySigma accepts combinations that lose one of them.

A class that isn't listed here, such as one of a later pySigma, is rejected instead of ignored.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from sigma import modifiers as known
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaNumber

Modifier = type[known.SigmaModifier[Any, Any]]

_FLAGS = frozenset({"i", "ignorecase", "m", "multiline", "s", "dotall"})
_LINKS = frozenset({"all", "neq"})
_PLACES = frozenset({"contains", "startswith", "endswith"})
_ENCODINGS = frozenset({"wide", "utf16", "utf16be", "base64", "base64offset"})
_TIME_PARTS = frozenset({"minute", "hour", "day", "week", "month", "year"})
_OTHERS = frozenset({"cased", "cidr", "exists", "expand", "fieldref", "gt", "gte", "lt", "lte", "re", "windash"})
SUPPORTED = _FLAGS | _LINKS | _PLACES | _ENCODINGS | _TIME_PARTS | _OTHERS


def problems(detection: SigmaDetection | SigmaDetectionItem) -> Iterator[str]:
    """Return the problems of all fields of a detection, each as a sentence that names the field."""
    if isinstance(detection, SigmaDetection):
        for inner in detection.detection_items:
            yield from problems(inner)
    elif found := _problem(detection):
        yield found


def _problem(item: SigmaDetectionItem) -> str | None:
    names = [_name(modifier) for modifier in item.modifiers]
    label = "|".join([item.field or "", *names]) if names else item.field
    for name in names:
        if name not in SUPPORTED:
            return f"{label}: |{name} is not supported; use another modifier"
    if item.original_value == []:
        return f"{label or 'a selection'} has an empty list; add a value, or remove it"
    if len(set(names)) < len(names):
        return f"{label} has a modifier twice; remove one"
    for name, later in combinations(names, 2):
        if why := _lost(name, later):
            return f"{label}: {why}"
    if _TIME_PARTS & set(names) and any(
        isinstance(value, SigmaNumber) and isinstance(value.number, float) for value in item.original_value or ()
    ):
        return f"{label} is not compared with a whole number; round it"
    return None


def _name(modifier: Modifier) -> str:
    return known.reverse_modifier_mapping.get(modifier.__name__, modifier.__name__)


def _lost(name: str, later: str) -> str | None:
    """Return why pySigma would lose one of two modifiers, given in the order of the rule."""
    both = {name, later}
    if "re" in both and not both & (_FLAGS | _LINKS | {"expand"}):
        return f"|re can't be combined with |{(both - {'re'}).pop()}; write it in the expression, such as ^text"
    if name == "cased" and later in _ENCODINGS:
        return f"|{later} would ignore the |cased before it; put |cased last"
    if name in _PLACES and later == "utf16":
        return f"|utf16 would put its byte order mark before the `*` of |{name}; put |{name} last"
    if both == {"cased", "fieldref"}:
        return "|fieldref ignores case; remove |cased"
    if both <= _PLACES:
        return "use only one of |contains, |startswith and |endswith"
    if both <= _TIME_PARTS:
        return "use only one part of the time, and another selection for the other"
    if "expand" in both and both & (_ENCODINGS | {"windash", "fieldref"}):
        return f"|{(both - {'expand'}).pop()} can't be applied to a placeholder; use a literal"
    return None
