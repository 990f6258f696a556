"""Decide which two tests no record can pass together."""

import ipaddress
import operator

from deadfall.patterns.condition import ONE, Boolean, Cidr, Exists, Not, Null, Number, Regex, SameAs, Test, Text

from ..sigma.event_bridge.text_intersection import TooManyError, covers, intersection
from ..sigma.record_fields import FIELDS
from .alternatives import FormLeaf
from .wording import describe

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_SINGLE = ("line", "text", "text or object", "number", "boolean")


def contradiction(one: FormLeaf, other: FormLeaf) -> str | None:
    """Return why no record passes both tests; None if one may."""
    if one == Not(other) or other == Not(one):
        return f"the rule also demands {describe(other)}"
    for first, second in ((one, other), (other, one)):
        needed, absent = _needed(first), _absent(second)
        if needed and absent and (needed == absent or needed.startswith(f"{absent}.")):
            if isinstance(first, Exists) and isinstance(second, Null) and needed == absent:
                continue  # the field may be null
            return f"the rule also demands {describe(other)}"
    match one, other:
        case Test(field=field, value=a), Test(field=same, value=b) if field == same:
            if FIELDS.get(field) in _SINGLE and _exclude_each_other(a, b):
                return f"{field} has one value, and the rule also demands {describe(other)}"
        case (Test(field=field, value=a), Not(of=Test(field=same, value=b))) | (
            Not(of=Test(field=same, value=b)),
            Test(field=field, value=a),
        ) if field == same and _implies(a, b):
            return f"the rule also demands {describe(other)}"
    return None


def _needed(leaf: FormLeaf) -> str | None:
    """Return the field that must exist for the test to pass."""
    match leaf:
        case Test() | SameAs() | Exists(there=True):
            return leaf.field
        case Not(of=Null(field=field)):
            return field
    return None


def _absent(leaf: FormLeaf) -> str | None:
    """Return the field that has no value, and so no fields in it, if the test passes."""
    match leaf:
        case Null() | Exists(there=False):
            return leaf.field
    return None


def _exclude_each_other(one: object, other: object) -> bool:
    match one, other:
        case Text(), Text():
            try:
                return not intersection(one, other)
            except TooManyError:
                return False
        case Number(), Number():
            return _numbers_differ(one, other) or _numbers_differ(other, one)
        case Boolean(), Boolean():
            return one != other
        case Cidr(), Cidr():
            return not ipaddress.ip_network(one.network).overlaps(ipaddress.ip_network(other.network))
        case (Text() as text, Cidr() as network) | (Cidr() as network, Text() as text):
            return text.plain is not None and not network.holds(text.plain)
        case (Text() as text, Regex() as regex) | (Regex() as regex, Text() as text):
            return text.plain is not None and not Regex(regex.pattern, ignore_case=True).holds(text.plain)
    return False


def _numbers_differ(one: Number, other: Number) -> bool:
    if one.op == "=":
        return not other.holds(one.number)
    if one.op in ("<", "<=") and other.op in (">", ">="):
        strict = "<=" if "=" in one.op and "=" in other.op else "<"
        return not _COMPARE[strict](other.number, one.number)
    return False


def _implies(demanded: object, excluded: object) -> bool:
    """Return whether every value for which the first test holds is one for which the second does."""
    if demanded == excluded:
        return True
    match demanded, excluded:
        case Text(), Text():
            # `covers` doesn't support patterns with `?`.
            exact = demanded.plain is not None or not any(part.wildcard == ONE for part in excluded.parts)
            return exact and covers(excluded, demanded)
        case Number(op="="), Number():
            return excluded.holds(demanded.number)
    return False
