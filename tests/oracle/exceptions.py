"""Where Deadfall and event-ruler are known to differ, and why ours is meant."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal

from .json_text import Json, Number
from .shrink import Pair
from .verdicts import MATCHED, MISSED, REFUSED


def known_exception(pair: Pair, ours: str, theirs: str, incomparable: Sequence[str]) -> str | None:
    """The reason, if the disagreement is a known one; `incomparable` are the numbers that event-ruler can't compare."""
    if ours.startswith(REFUSED):
        if "rule is too complex" in ours and theirs in (MATCHED, MISSED):
            return "we count wildcards shared by branches of $or or listed in anything-but as more complex, and refuse"
        if "unrecognized match type 'exactly'" in ours:
            return "exactly is event-ruler's, and no operator that EventBridge documents"
        if "must name at least one text" in ours:
            return "an empty list in anything-but makes event-ruler fail or never match; we refuse it"
        if "combinations of $or" in ours:
            return "event-ruler takes more than 1000 combinations of $or; EventBridge does not"
    if theirs.startswith("failed java.lang.ArrayIndexOutOfBoundsException"):
        return "a range open at the greatest or least double makes event-ruler fail; we compare"
    if ours == MISSED and theirs == MATCHED and _cidr_meets_foreign_value(*pair):
        return "event-ruler compares CIDR blocks with the first digits of IPv6 addresses and of numbers; we don't"
    if ours == MISSED and theirs == MATCHED and _has_wildcard_and_ignored_case(pair[0]):
        return "a wildcard beside equals-ignore-case makes event-ruler match at times what neither matches; we don't"
    if any(_is_rounded(number) and not number.lstrip("-").isdigit() for number in incomparable):
        return "a number has other digits than any double: event-ruler reads its text, a parsed event no longer has it"
    if incomparable or any(_is_rounded(value) for tree in pair for value in _nodes(tree) if isinstance(value, Number)):
        return "a double whose shortest digits this JDK does not write: what is comparable depends on the JDK"
    return None


def _cidr_meets_foreign_value(pattern: Json, event: Json) -> bool:
    has_block = any(isinstance(value, dict) and "cidr" in value for value in _nodes(pattern))
    return has_block and any(
        isinstance(value, Number) or (isinstance(value, str) and ":" in value) for value in _nodes(event)
    )


def _has_wildcard_and_ignored_case(pattern: Json) -> bool:
    operators = {key for node in _nodes(pattern) if isinstance(node, dict) for key in node}
    return {"wildcard", "equals-ignore-case"} <= operators


def _nodes(value: Json) -> Iterator[Json]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _nodes(inner)


def _is_rounded(number: str) -> bool:
    parsed = json.loads(number)
    return Decimal(repr(float(parsed))) != Decimal(number)
