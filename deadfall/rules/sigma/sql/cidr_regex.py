"""A network as a regular expression over addresses as text: neither engine needs a type for addresses.

It accepts what Python's `ipaddress` reads as an address in the network: no leading zeros in IPv4; in IPv6 any spelling.
"""

import ipaddress

from ..back_end import NotExpressibleError

_ANY_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ANY_GROUP = "[0-9A-Fa-f]{1,4}"
_GROUPS = 8
_SCOPE = "(?:%[^%/]+)?"


def address_pattern(field: str, network: str) -> str:
    r"""The pattern, from \A to \z.

    Raises:
        NotExpressibleError: it is no network, so that no address is in it.
    """
    try:
        parsed = ipaddress.ip_network(network)
    except ValueError as error:
        raise NotExpressibleError(f"{field}|cidr: {error}; write a network such as 10.0.0.0/8") from None
    first, last = parsed.network_address.packed, parsed.broadcast_address.packed
    inner = _dotted(first, last) if parsed.version == 4 else _colons(first, last) + _SCOPE
    return rf"\A{inner}\z"


def _dotted(first: bytes, last: bytes) -> str:
    return r"\.".join(_octet(low, high) for low, high in zip(first, last, strict=True))


def _octet(low: int, high: int) -> str:
    if (low, high) == (0, 255):
        return _ANY_OCTET
    octets = "|".join(str(octet) for octet in range(low, high + 1))
    return octets if low == high else f"(?:{octets})"


def _colons(first: bytes, last: bytes) -> str:
    """Eight groups, or fewer with :: somewhere for one or more that are zero; the last two may be dotted."""
    groups = [_group(first[at : at + 2].hex(), last[at : at + 2].hex()) for at in range(0, 2 * _GROUPS, 2)]
    zero = [not any(first[at : at + 2]) for at in range(0, 2 * _GROUPS, 2)]
    dotted = _dotted(first[-4:], last[-4:])
    spellings = [_ended(groups, dotted)]
    for before in range(_GROUPS):
        after = [
            _ended(groups[_GROUPS - count :], dotted)
            for count in range(_GROUPS - before)
            if all(zero[before : _GROUPS - count])
        ]
        if after:
            spellings.append(":".join(groups[:before]) + f"::(?:{'|'.join(after)})")
    return f"(?:{'|'.join(spellings)})"


def _ended(groups: list[str], dotted: str) -> str:
    """The groups at the end of an address."""
    if len(groups) < 2:
        return ":".join(groups)
    return ":".join([*groups[:-2], f"(?:{groups[-2]}:{groups[-1]}|{dotted})"])


def _group(low: str, high: str) -> str:
    """Four hexadecimal digits, of which zeros at the front may be left out."""
    if (low, high) == ("0000", "ffff"):
        return _ANY_GROUP
    pattern, zeros = "", True
    for first, last in zip(low, high, strict=True):
        if pattern and zeros:
            pattern = f"(?:{pattern})?"
        pattern += _digit(int(first, 16), int(last, 16))
        zeros = zeros and first == "0"
    return pattern


def _digit(low: int, high: int) -> str:
    digits = "".join(f"{digit:x}" for digit in range(low, high + 1))
    return f"[{''.join(dict.fromkeys(digits + digits.upper()))}]"
