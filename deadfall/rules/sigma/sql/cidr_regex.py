"""Convert a network to a regular expression over textual addresses, so that engines need no address type.

It matches what Python's `ipaddress` parses as an address in the network: IPv4 without leading zeros, IPv6 in any
spelling.
"""

import ipaddress

from ..back_end import NotExpressibleError

_ANY_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ANY_GROUP = "[0-9A-Fa-f]{1,4}"
_GROUPS = 8
_SCOPE = "(?:%[^%/]+)?"


def address_pattern(field: str, network: str) -> str:
    r"""Return the pattern, from \A to \z.

    Raises:
        NotExpressibleError: `network` is not a valid network.
    """
    try:
        parsed = ipaddress.ip_network(network)
    except ValueError as error:
        raise NotExpressibleError(f"{field}|cidr: {error}; use a network such as 10.0.0.0/8") from None
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
    """Return eight groups, or fewer with :: for one or more zero groups; the last two may be dotted."""
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
    """Return the groups at the end of an address."""
    if len(groups) < 2:
        return ":".join(groups)
    return ":".join([*groups[:-2], f"(?:{groups[-2]}:{groups[-1]}|{dotted})"])


def _group(low: str, high: str) -> str:
    """Return four hexadecimal digits with optional leading zeros."""
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
