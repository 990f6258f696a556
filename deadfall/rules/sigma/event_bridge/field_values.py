"""The values that a condition admits for one field, as alternatives that event patterns can express.

record_fields.py determines the possible values of a field. A field that it doesn't list may have any value, including
lists and objects. EventBridge matches a list if *one* element matches, also with `anything-but`, so tests of such a
field can't be negated, nor combined on the same value. `{"exists": false}` also matches objects, so absence can only be
tested on fields that are never objects.
"""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

from deadfall.patterns.condition import (
    ONE,
    Boolean,
    Cidr,
    Exists,
    Keyword,
    Leaf,
    Not,
    Null,
    Number,
    Part,
    SameAs,
    Test,
    Text,
)

from ..canonical import cased
from ..network_texts import network_texts
from ..record_fields import FIELDS
from ..widening import LimitError
from .text_intersection import EVERY_TEXT, TooManyError, covers, intersection, widest


class Missing(Enum):
    """A field without a value."""

    NULL = "null"
    ABSENT = "absent"


@dataclass(frozen=True)
class NoneOf:
    """Any text except these."""

    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Interval:
    """The numbers between two bounds; None is unbounded."""

    low: float | None = None
    low_included: bool = False
    high: float | None = None
    high_included: bool = False

    def intersection(self, other: "Interval") -> "Interval | None":
        low, low_included = max(
            (self.low, self.low_included), (other.low, other.low_included), key=lambda bound: _lower_end(*bound)
        )
        high, high_included = min(
            (self.high, self.high_included), (other.high, other.high_included), key=lambda bound: _upper_end(*bound)
        )
        if (
            low is not None
            and high is not None
            and (low > high or (low == high and not (low_included and high_included)))
        ):
            return None
        return Interval(low, low_included, high, high_included)


def _lower_end(low: float | None, included: bool) -> tuple[float, bool]:
    return (float("-inf") if low is None else low, not included)


def _upper_end(high: float | None, included: bool) -> tuple[float, bool]:
    return (float("inf") if high is None else high, included)


Alternative = Text | NoneOf | Interval | Boolean | Cidr | Missing
Values = tuple[Alternative, ...]
"""The admitted values, as alternatives. In place of it, None admits any value."""

_DOUBLES_SKIP = 2**53  # whole numbers; the parser may have rounded one to this

# Of texts with stars that two conditions have in common: each further condition multiplies them.
_MAX_WILDCARDS = 200

_ALL_NUMBERS: Values = (Interval(high=0), Interval(low=0, low_included=True))
_EVERYTHING: dict[str, Values] = {
    "line": (EVERY_TEXT, Missing.NULL, Missing.ABSENT),
    "text": (EVERY_TEXT, Missing.NULL, Missing.ABSENT),
    "boolean": (Boolean(True), Boolean(False), Missing.NULL, Missing.ABSENT),
    "number": (*_ALL_NUMBERS, Missing.NULL, Missing.ABSENT),
}
# Present in all of 683 published records, as an object or null.
_ALWAYS_THERE = frozenset({"requestParameters", "responseElements"})


def admitted_values(condition: Leaf | Not) -> Values | None:
    """Return the values that a leaf of a normal form, or its negation, admits.

    Raises:
        LimitError: event patterns can't express them.
    """
    match condition:
        case Test():
            return _holding(condition)
        case Null():
            return _null(condition.field)
        case Exists():
            everything = _everything(condition.field, "|exists", "compare it with '*'")
            return tuple(value for value in everything if (value != Missing.ABSENT) == condition.there)
        case Not(of=Test() as test):
            return _not_holding(test)
        case Not(of=Null(field=field)):
            everything = _everything(field, "not null", "compare it with '*'")
            return tuple(value for value in everything if not isinstance(value, Missing))
        case SameAs(field=field) | Not(of=SameAs(field=field)):
            raise LimitError(f"{field}|fieldref compares two fields, which event patterns can't", "use values")
        case Keyword(field=str(field)) | Not(of=Keyword(field=str(field))):
            raise LimitError(f"{field} is an object, and event patterns can't search all of it", "use a field in it")
        case Keyword() | Not(of=Keyword()):
            raise LimitError("keywords search every field, which event patterns can't", "name the fields")
    raise TypeError(f"not a leaf of a normal form: {condition}")


def either(field: str, alternatives: Sequence[Values]) -> Values | None:
    """Return the values that any of the alternatives admits."""
    union = tuple(dict.fromkeys(value for values in alternatives for value in values))
    kind = FIELDS.get(field)
    if kind in _EVERYTHING and set(_EVERYTHING[kind]) <= set(union):
        return None
    texts = set(widest(value for value in union if isinstance(value, Text)))
    return tuple(value for value in union if not isinstance(value, Text) or value in texts)


def both(field: str, one: Values, other: Values) -> Values:
    """Return the values that both admit.

    Raises:
        LimitError: event patterns can't express them.
    """
    if set(one) <= set(other):
        return one
    if set(other) <= set(one):
        return other
    if FIELDS.get(field) not in _EVERYTHING:
        raise LimitError(
            f"{field} has two conditions, and it may be a list, in which a single element would have to meet both",
            "remove one of them",
        )
    try:
        return _common(one, other)
    except TooManyError:
        raise LimitError(
            f"the conditions on {field} can't be combined in one list of values",
            "list the intended values, or add |cased to its texts",
        ) from None


def _common(one: Values, other: Values) -> Values:
    common: dict[Alternative, None] = {}
    wildcards = 0
    for value in (value for pair in product(one, other) for value in _both(*pair)):
        if value not in common:
            common[value] = None
            wildcards += isinstance(value, Text) and value.plain is None
            if wildcards > _MAX_WILDCARDS:
                raise TooManyError
    return tuple(common)


def _holding(test: Test) -> Values:
    field, kind = test.field, FIELDS.get(test.field)
    if kind == "object":
        return ()
    match test.value:
        case Text() as text:
            return _texts(field, text)
        case Number(number=number, op=op) if kind in ("number", None):
            if not abs(number) < _DOUBLES_SKIP:
                raise LimitError(
                    f"{field} is compared with a number from {_DOUBLES_SKIP} on, where doubles, as which EventBridge "
                    "compares numbers, skip whole numbers",
                    "use a smaller number, or text in quotes",
                )
            return (_interval(number, op),)
        case Boolean() as boolean if kind in ("boolean", None):
            return (boolean,)
        case Cidr() as cidr if kind not in ("number", "boolean"):
            return network_texts(field, cidr) or (cidr,)
        case Number() | Boolean() | Cidr():
            return ()
    raise LimitError(
        f"{field}|re is a regular expression, which event patterns don't support", "use |startswith or |contains"
    )


def _texts(field: str, text: Text) -> Values:
    """Return the texts, and the booleans and numbers whose JSON form matches the text."""
    kind = FIELDS.get(field)
    if any(part.wildcard == ONE for part in text.parts):
        raise LimitError(f"{field} is compared with '?', which event patterns don't support", "use '*' or literal text")
    text = _simplify(text)
    values: list[Alternative] = []
    if kind in ("line", "text", "text or object", None):
        values.append(cased(field, text) or _in_any_case(field, text))
    if kind in ("boolean", None):
        values.extend(Boolean(value) for value in (True, False) if text.holds(value))
    if kind in ("number", None):
        values.extend(_numbers(field, text))
    return tuple(values)


def _in_any_case(field: str, text: Text) -> Text:
    if not all(part.text.isascii() for part in text.parts):
        raise LimitError(
            f"{field} is compared with letters beyond ASCII, whose case EventBridge folds differently", "add |cased"
        )
    return text


def _simplify(text: Text) -> Text:
    """Remove empty parts and repeated stars: EventBridge rejects two stars in a row."""
    parts: list[Part] = []
    for part in text.parts:
        if part.wildcard and parts and parts[-1].wildcard:
            continue
        if part.text and parts and parts[-1].text:
            parts[-1] = Part(parts[-1].text + part.text)
        elif part.wildcard or part.text:
            parts.append(part)
    return Text(tuple(parts), text.cased)


def _numbers(field: str, text: Text) -> Values:
    """Return the numbers whose JSON form matches the text. EventBridge treats 22.0 as 22."""
    if text.parts == EVERY_TEXT.parts:
        return _ALL_NUMBERS
    if text.plain is not None:
        try:
            number = json.loads(text.plain)
        except ValueError:
            return ()
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        return (_interval(number, "="),) if is_number and text.holds(number) else ()
    written = "".join(part.text for part in text.parts).lower()
    if set(written) <= set("0123456789+-.e") and written.count(".") <= 1 and written.count("e") <= 1:
        raise LimitError(
            f"{field} may be a number, and event patterns can't match a number's digits",
            "use whole values, or a longer part of a text",
        )
    return ()


def _interval(number: float, op: str) -> Interval:
    match op:
        case "=":
            return Interval(number, True, number, True)
        case "<" | "<=":
            return Interval(high=number, high_included=op == "<=")
        case _:
            return Interval(low=number, low_included=op == ">=")


def _null(field: str) -> Values:
    if field in _ALWAYS_THERE:
        return (Missing.NULL,)
    _everything(field, "null", "test for values")
    return (Missing.NULL, Missing.ABSENT)


def _not_holding(test: Test) -> Values | None:
    field, kind = test.field, FIELDS.get(test.field)
    holding = _holding(test)
    if kind == "object":
        return None  # an object equals no value
    everything = _everything(field, "unwanted values", "test for wanted ones")
    if not holding:
        return None
    missing = (Missing.NULL, Missing.ABSENT)
    match kind:
        case "boolean":
            return tuple(value for value in everything if value not in holding)
        case "number":
            below, above = _complement(holding)
            return (*below, *above, *missing)
    excluded = tuple(value for value in holding if isinstance(value, Text))
    if len(excluded) != len(holding):
        raise LimitError(
            f"{field}|cidr can't be negated in an event pattern",
            "list the intended networks, or use IPv4 networks of sourceIPAddress",
        )
    return missing if excluded == (EVERY_TEXT,) else (NoneOf(excluded), *missing)


def _complement(holding: Values) -> tuple[Values, Values]:
    intervals = [value for value in holding if isinstance(value, Interval)]
    if len(intervals) > 1:  # all numbers
        return (), ()
    (interval,) = intervals
    below = () if interval.low is None else (Interval(high=interval.low, high_included=not interval.low_included),)
    above = () if interval.high is None else (Interval(low=interval.high, low_included=not interval.high_included),)
    return below, above


def _everything(field: str, test: str, remedy: str) -> Values:
    kind = FIELDS.get(field)
    if kind == "object":
        raise LimitError(f"{field} is an object, which an event pattern can't test for {test}", "use a field in it")
    if kind not in _EVERYTHING:
        shape = "an object" if kind else "a list or an object"
        raise LimitError(f"{field} may be {shape}, which an event pattern can't test for {test}", remedy)
    return _EVERYTHING[kind]


def _both(one: Alternative, other: Alternative) -> Values:
    match one, other:
        case Text(), Text():
            return intersection(one, other)
        case Text(), NoneOf():
            return _without(one, other.texts)
        case NoneOf(), Text():
            return _without(other, one.texts)
        case NoneOf(), NoneOf():
            return (NoneOf(widest((*one.texts, *other.texts))),)
        case Interval(), Interval():
            common = one.intersection(other)
            return () if common is None else (common,)
        case Cidr(), Cidr():
            return _common_network(one, other)
        case Cidr(), Text() | NoneOf():
            return _in_network(one, other)
        case Text() | NoneOf(), Cidr():
            return _in_network(other, one)
    return (one,) if one == other else ()


def _without(text: Text, excluded: tuple[Text, ...]) -> Values:
    overlapping = tuple(each for each in excluded if intersection(text, each))
    if not overlapping:
        return (text,)
    if any(covers(each, text) for each in overlapping):
        return ()
    if text == EVERY_TEXT:
        return (NoneOf(overlapping),)
    raise TooManyError


def _common_network(one: Cidr, other: Cidr) -> Values:
    first, second = ipaddress.ip_network(one.network), ipaddress.ip_network(other.network)
    if not first.overlaps(second):
        return ()
    return (one,) if first.prefixlen >= second.prefixlen else (other,)


def _in_network(cidr: Cidr, texts: Text | NoneOf) -> Values:
    if texts == EVERY_TEXT:
        return (cidr,)
    if isinstance(texts, Text) and texts.plain is not None:
        return (texts,) if cidr.holds(texts.plain) else ()
    if isinstance(texts, NoneOf) and not any(text.plain is None or cidr.holds(text.plain) for text in texts.texts):
        return (cidr,)
    raise TooManyError
