"""Compile the elements of a field's list in an EventBridge event pattern into tests of one value.

Semantics and validation follow AWS's event-ruler, the library that EventBridge uses, limited to the operators that
EventBridge documents:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt
from typing import TypeAlias, TypeGuard

Matcher = Callable[[object], bool]
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_IPV4 = re.compile(r"(?!.{16})[0-9]+(\.[0-9]+){3}")  # Java rejects longer ones with leading zeros
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_MASK_BITS = re.compile(r"\+?0*\d{1,3}|-0+")  # what Java parses as an integer from 0 to 999


class InvalidPattern(ValueError):  # noqa: N818 - AWS's word; it is an error by its base
    """An event pattern that EventBridge's PutRule rejects; the message states where and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"Event pattern is not valid at {where or 'its top level'}: {reason}")


class Members(tuple[tuple[str, object], ...]):
    """The pairs of a JSON object, in order; a pattern may contain a key twice."""

    __slots__ = ()

    @classmethod
    def of(cls, value: object, where: str) -> "Members | None":
        """Return the pairs of a JSON object; None for any other value."""
        if isinstance(value, Members):
            return value
        if not isinstance(value, Mapping):
            return None
        for key in value:
            if not isinstance(key, str):
                raise InvalidPattern(where, f"the key {key!r} must be a string")
        return cls(value.items())


def is_array(value: object) -> TypeGuard[Sequence[object]]:
    """Return whether the value is a JSON array, as a list or tuple."""
    return isinstance(value, list | tuple) and not isinstance(value, Members)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One element of a field's list. `if_absent`: it matches when the event has no such field.

    `identity` is equal for alternatives that mean the same; `wildcards` are its wildcard texts. `operator` is None for
    a plain value, which is the `operand`. `only_text` is the one value that matches, if that is a text: an address is
    not, because it equals all its spellings.
    """

    identity: str
    matches: Matcher
    if_absent: bool = False
    wildcards: tuple[str, ...] = ()
    operator: str | None = None
    operand: object = None
    only_text: str | None = None


def compile_alternative(value: object, where: str) -> Alternative:
    """Compile one element of a field's list; `where` is its path in the pattern. Raises InvalidPattern."""
    members = Members.of(value, where)
    if members is None:
        double = _double(value) if _is_number(value) else None
        only_text = value if isinstance(value, str) and _ip_address(value) is None else None
        identity = repr(value if double is None else double)
        return Alternative(identity, _exact(value, where), operand=value, only_text=only_text)
    operator, operand = _only_member(members, where)
    return replace(_compile_operator(operator, operand, f"{where}.{operator}"), operator=operator, operand=operand)


def _compile_operator(operator: str, operand: object, where: str) -> Alternative:
    identity = f"{operator}:{operand!r}"
    if operator == "exists":
        if not isinstance(operand, bool):
            raise InvalidPattern(where, "must be true or false")
        return Alternative(identity, lambda _: operand, if_absent=not operand)
    if operator == "wildcard":
        text = _text(operand, where)
        return Alternative(identity, _wildcard(text, where), wildcards=(text,))
    if operator == "anything-but":
        return _anything_but(identity, operand, where)
    if operator not in _OPERATORS:
        raise InvalidPattern(where, f"unrecognized match type {operator!r}")
    return Alternative(identity, _OPERATORS[operator](operand, where))


def _only_member(members: Members, where: str) -> tuple[str, object]:
    if len(members) != 1:
        raise InvalidPattern(where, "a match expression must have exactly one key")
    return members[0]


# Plain values


def _exact(value: object, where: str) -> Matcher:
    if isinstance(value, str):
        address = _ip_address(value)
        if address is not None:  # an address equals all its spellings
            return _in_network(ipaddress.ip_network(address))
        return lambda candidate: candidate == value
    if value is None or isinstance(value, bool):
        return lambda candidate: candidate is value
    double = _double(value) if _is_number(value) else None
    if double is not None:
        return lambda candidate: _is_number(candidate) and _double(candidate) == double
    if isinstance(value, int | Incomparable):
        return lambda candidate: isinstance(candidate, int | Incomparable) and str(candidate) == str(value)
    raise InvalidPattern(where, "must be a string, a number, true, false, null or a match expression")


@dataclass(frozen=True, slots=True)
class Incomparable:
    """A JSON number whose digits no double has; it equals only identical text."""

    text: str

    def __str__(self) -> str:
        return self.text


def number(text: str) -> float | Incomparable:
    """Parse a JSON number with a fraction or an exponent."""
    double = float(text)
    try:
        comparable = math.isfinite(double) and _digits(double) == Decimal(text)
    except InvalidOperation:  # an exponent out of range
        comparable = False
    return double if comparable else Incomparable(text)


def _is_number(value: object) -> TypeGuard[int | float | Incomparable]:
    return isinstance(value, int | float | Incomparable) and not isinstance(value, bool)


def _double(number: int | float | Incomparable) -> float | None:
    """Return the number as EventBridge compares it (300 equals 300.0); None if no double has the same digits."""
    if isinstance(number, Incomparable):
        return None
    try:
        double = float(number)
    except OverflowError:
        return None
    if not math.isfinite(double) or (isinstance(number, int) and _digits(double) != number):
        return None
    return double


def _digits(double: float) -> Decimal:
    """Return the shortest digits that identify a double, or two digits where event-ruler's Java uses two."""
    two = f"{double:.1e}"
    return Decimal(two if float(two) == double else repr(double))


# Strings


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InvalidPattern(where, "must be a string")
    return value


def _text_matching(expression: str, *, before: str = "", after: str = "") -> Matcher:
    matches = re.compile(expression, re.DOTALL).fullmatch
    return lambda candidate: isinstance(candidate, str) and matches(f"{before}{candidate}{after}") is not None


def _ignoring_case(text: str) -> str:
    """Return a regex that ignores case like event-ruler: each character in lower or upper case, so "ß" matches "SS".

    event-ruler's characters have 16 bits; one that needs two, such as an emoji, becomes two question marks.
    """
    return "".join(
        f"(?:{re.escape(character.lower())}|{re.escape(character.upper())})"
        if character.lower() != character.upper()
        else re.escape(character)
        for character in "".join("??" if character > "\uffff" else character for character in text)
    )


def _equals_ignore_case(operand: object, where: str) -> Matcher:
    return _text_matching(_ignoring_case(_text(operand, where)))


# event-ruler's texts include their quotation marks: a prefix can match the closing one, a suffix the opening one.


def _prefix(operand: object, where: str) -> Matcher:
    ignoring_case = _operand_ignoring_case(operand, where)
    if ignoring_case is not None:
        return _text_matching(_ignoring_case(ignoring_case) + ".*", after='"')
    text = _text(operand, where)
    return lambda candidate: isinstance(candidate, str) and f'{candidate}"'.startswith(text)


def _suffix(operand: object, where: str) -> Matcher:
    ignoring_case = _operand_ignoring_case(operand, where)
    if ignoring_case is not None:
        return _text_matching(".*" + _ignoring_case(ignoring_case), before='"')
    text = _text(operand, where)
    return lambda candidate: isinstance(candidate, str) and f'"{candidate}'.endswith(text)


def _operand_ignoring_case(operand: object, where: str) -> str | None:
    """Return the text in `{"equals-ignore-case": text}`; None if the operand isn't an object."""
    members = Members.of(operand, where)
    if members is None:
        return None
    operator, text = _only_member(members, where)
    if operator != "equals-ignore-case":
        raise InvalidPattern(where, f"only equals-ignore-case is allowed here, not {operator!r}")
    return _text(text, f"{where}.{operator}")


def _wildcard(text: str, where: str) -> Matcher:
    pieces = _pieces_between_stars(text, where)
    first, middle, last = pieces[0], pieces[1:-1], pieces[-1]
    if len(pieces) == 1:
        return lambda candidate: candidate == first

    def matches(candidate: object) -> bool:
        if not isinstance(candidate, str) or not candidate.startswith(first) or not candidate.endswith(last):
            return False
        position, end = len(first), len(candidate) - len(last)
        for piece in middle:
            found = candidate.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
        return position <= end

    return matches


def _pieces_between_stars(text: str, where: str) -> list[str]:
    pieces = [""]
    previous_is_star = False
    characters = iter(text)
    for character in characters:
        if character == "*":
            if previous_is_star:
                raise InvalidPattern(where, f"consecutive wildcard characters in {text!r}")
            pieces.append("")
        elif character == "\\":
            escaped = next(characters, "")
            if escaped not in ("*", "\\"):
                raise InvalidPattern(where, f"a backslash in {text!r} must be followed by * or another backslash")
            pieces[-1] += escaped
        else:
            pieces[-1] += character
        previous_is_star = character == "*"
    return pieces


# Numbers and addresses


def _numeric(operand: object, where: str) -> Matcher:
    if not is_array(operand):
        raise InvalidPattern(where, 'must be a list such as [">", 0, "<=", 5]')
    operators = tuple(_text(operator, where) for operator in operand[::2])
    limits = [_comparable(limit, where) for limit in operand[1::2]]
    if len(operators) != len(limits) or operators not in _NUMERIC_FORMS:
        raise InvalidPattern(
            where, "must be one comparison (=, <, <=, >, >=) or a range that begins with > or >= and ends with < or <="
        )
    if limits != sorted(set(limits)):
        raise InvalidPattern(where, "the bottom of the range must be less than its top")
    comparisons = [(_COMPARISONS[operator], limit) for operator, limit in zip(operators, limits, strict=True)]

    def matches(candidate: object) -> bool:
        double = _double(candidate) if _is_number(candidate) else None
        return double is not None and all(compares(double, limit) for compares, limit in comparisons)

    return matches


def _comparable(value: object, where: str) -> float:
    double = _double(value) if _is_number(value) else None
    if double is None:
        shown = value if isinstance(value, Incomparable) else repr(value)
        raise InvalidPattern(where, f"{shown} is not a number that EventBridge can compare")
    return double


def _cidr(operand: object, where: str) -> Matcher:
    text = _text(operand, where)
    base, slash, bits = text.rstrip("/").partition("/")
    address = _ip_address(base)
    if not slash or address is None or not _MASK_BITS.fullmatch(bits):
        raise InvalidPattern(where, f"{text!r} is not a CIDR block such as 10.0.0.0/24")
    if int(bits) >= address.max_prefixlen:
        raise InvalidPattern(where, f"the mask of {text!r} must be less than {address.max_prefixlen} bits")
    return _in_network(ipaddress.ip_network(f"{address}/{int(bits)}", strict=False))


def _in_network(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Matcher:
    """Match addresses by their hexadecimal digits, as event-ruler does: 38.0.0.0/8 contains 2600::1.

    AWS documents no such thing; docs/aws-facts.md, pattern-cidr.
    """
    bottom, top = address_digits(network.network_address), address_digits(network.broadcast_address)

    def matches(candidate: object) -> bool:
        address = _ip_address(candidate) if isinstance(candidate, str) else None
        return address is not None and is_in_range(address_digits(address), bottom, top)

    return matches


def address_digits(address: _Address) -> str:
    """Return all hexadecimal digits of an address."""
    return f"{int(address):0{address.max_prefixlen // 4}X}"


def is_in_range(digits: str, bottom: str, top: str) -> bool:
    """Return whether digits are between two ends of equal length; further digits than the ends have don't count."""
    if len(digits) < len(top) and top.startswith(digits):
        return False  # the missing digits would decide
    return bottom <= digits[: len(top)] <= top


def _ip_address(text: str) -> _Address | None:
    if not (_IPV4.fullmatch(text) or _IPV6.fullmatch(text)):
        return None
    separator = "." if "." in text else ":"  # leading zeros are allowed and don't mean octal
    text = separator.join(part and (part.lstrip("0") or "0") for part in text.split(separator))
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


# anything-but


def _anything_but(identity: str, operand: object, where: str) -> Alternative:
    members = Members.of(operand, where)
    if members is None:
        return Alternative(identity, _none_of(_excluded_values(operand, where)))
    operator, texts = _only_member(members, where)
    where = f"{where}.{operator}"
    if operator not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
        raise InvalidPattern(where, "anything-but does not combine with it")
    listed = [_text(text, where) for text in (texts if is_array(texts) else [texts])]
    if not listed:
        raise InvalidPattern(where, "must name at least one text")
    if operator in ("prefix", "suffix") and "" in listed:
        raise InvalidPattern(where, "an empty text is not allowed, it would exclude everything")
    return Alternative(
        f"anything-but {operator}:{sorted(set(listed))}",
        _none_of([_OPERATORS[operator](text, where) for text in listed]),
        wildcards=tuple(listed) if operator == "wildcard" else (),
    )


def _excluded_values(operand: object, where: str) -> list[Matcher]:
    values = operand if is_array(operand) else [operand]
    if not values or not (
        all(isinstance(value, str) for value in values) or all(_is_number(value) for value in values)
    ):
        raise InvalidPattern(where, "must be a string, a number, or a list of only strings or only numbers")
    return [
        (lambda candidate, text=value: candidate == text)
        if isinstance(value, str)
        else _exact(_comparable(value, where), where)
        for value in values
    ]


def _none_of(excluded: list[Matcher]) -> Matcher:
    return lambda candidate: not any(matches(candidate) for matches in excluded)


_OPERATORS: dict[str, Callable[[object, str], Matcher]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "numeric": _numeric,
    "cidr": _cidr,
    "wildcard": lambda operand, where: _wildcard(_text(operand, where), where),
}
_COMPARISONS = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
_NUMERIC_FORMS = {(comparison,) for comparison in _COMPARISONS} | {
    (bottom, top) for bottom in (">", ">=") for top in ("<", "<=")
}
