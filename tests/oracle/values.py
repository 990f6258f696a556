"""Strings, numbers, addresses: few enough to meet each other often, and chosen where matchers go wrong."""

from random import Random

from .json_text import Json, Number

KEYS = ("a", "b", "c", "d", "e", "detail", "name", "a.b", "b.c", "é", "", "\U0001f600", "\ue000", "prefix", "A")
_KEY_WEIGHTS = (9, 9, 9, 5, 5, 5, 5, 2, 2, 1, 0.2, 0.5, 0.5, 0.2, 2)

_CHARACTERS = (
    *"aaabbbAB01 .:/-_",
    *'*\\"?\n\x00\x7f',
    # No lone surrogates: event-ruler compares them as they are or as "?", dependent on what else is in the pattern, and
    # RFC 8259, section 8.2, calls what software makes of them unpredictable.
    *"ßéÉİıſΣσςǅﬁ\u212a\u0301日\ue000\U0001f600\U00010428",  # whose case is special, and what UTF-16 splits in two
)
_TEXTS = (
    "",
    "a",
    "A",
    "ab",
    "aB",
    "Ab",
    "aba",
    "abab",
    "null",
    "true",
    "1",
    "1.0",
    "arn:aws:iam::1:role/a",
    "ss",
    "SS",
)

_NUMBERS = (
    *("0", "-0", "0.0", "-0.0", "1", "1.0", "1e0", "10e-1", "-1", "2", "3", "5", "100", "1e2", "1E+2", "0.1", "0.10"),
    *("0.3", "0.30000000000000004", "300", "3.0e2", "3.018e2", "301.8", "-5", "-5.5", "1e-7", "0.0000001"),
    *("1e10", "1e16", "1e22", "1e100", "-1e100", "1e308", "1.7976931348623157e308"),
    *("4.9e-324", "4.9E-324", "-4.9e-324", "5e-324", "9.9e-324", "1e-323", "1.5e-323", "2e-323"),
    *("4294967296", "9007199254740991", "9007199254740992", "9007199254740993", "9007199254740992.0"),
    *("9223372036854775807", "9223372036854775808", "9223372036854775809", "18446744073709551616", "123456789012"),
    *("12345678901234567890", "-9007199254740993", "10000000000000000000000", "2.5", "1000000", "1e6"),
)
_IMPRECISE = (
    *("0.1000000000000000055", "1e400", "1e-400", "9007199254740993.0", "0.30000000000000000001"),
    *("1e99999999999", "1e-99999999999", "1e23", "2.2250738585072014e-308"),
)

_ADDRESSES = (
    *("10.0.0.1", "10.0.0.255", "10.0.1.0", "0.0.0.0"),  # noqa: S104
    *("255.255.255.255", "203.0.113.9", "1.2.3.4", "010.0.0.1"),
    *(
        "::1",
        "::",
        "2001:db8::1",
        "2001:0DB8:0:0::1",
        "2001:db8:0:1::",
        "::ffff:1.2.3.4",
        "::ffff:0102:0304",
        "fe80::1",
    ),
    *(
        "256.1.1.1",
        "1.2.3",
        "10.0.0.1 ",
        "10.0.0.09",
        ":::",
        "1:2:3:4:5:6:7:8:9",
        "10.0.0.1.1",
        "1.2.3.4/32",
        ":",
        "a:b",
    ),
    *("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:DB8::a", "2001:db8::A", "2001:db8::9", "0:0:0:0:0:0:0:f", "::f"),
)


def key(random: Random) -> str:
    return random.choices(KEYS, _KEY_WEIGHTS)[0]


def text(random: Random) -> str:
    if random.random() < 0.5:
        return random.choice(_TEXTS)
    return "".join(random.choices(_CHARACTERS, k=random.choice((0, 1, 1, 2, 2, 3, 4, 8))))


def short_text(random: Random) -> str:
    """Of two letters, so that texts overlap and repeat."""
    return "".join(random.choices("ab", k=random.choice((0, 1, 1, 2, 3))))


def number(random: Random) -> Number:
    choice = random.random()
    if choice < 0.7:
        return Number(random.choice(_NUMBERS))
    if choice < 0.72:
        return Number(random.choice(_IMPRECISE))
    if choice < 0.85:
        return Number(random.randint(-9, 9))
    if choice < 0.95:
        return _written(random.uniform(-1000, 1000), random)
    return _written(random.choice((-1, 1)) * random.random() * 10.0 ** random.randint(-300, 300), random)


def _written(double: float, random: Random) -> Number:
    """Seldom with all its digits: for some doubles it depends on the JDK whether event-ruler can compare those."""
    return Number(repr(double if random.random() < 0.1 else float(f"{double:.{random.randint(2, 12)}g}")))


def address(random: Random) -> str:
    if random.random() < 0.6:
        return random.choice(_ADDRESSES)
    if random.random() < 0.6:
        return ".".join(str(random.choice((0, 1, 10, 127, 128, 255, random.randrange(256)))) for _ in range(4))
    return "2001:db8::" + ":".join(f"{random.randrange(65536):x}" for _ in range(random.randint(1, 3)))


def cidr(random: Random) -> str:
    base = address(random)
    bits = random.choice((0, 1, 7, 8, 9, 16, 23, 24, 25, 31, 32, 64, 96, 120, 127, 128))
    if ":" not in base and bits > 31 and random.random() < 0.9:
        bits = random.randint(0, 31)
    return f"{base}/{bits}"


def leaf(random: Random) -> Json:
    choice = random.random()
    if choice < 0.45:
        return text(random)
    if choice < 0.75:
        return number(random)
    if choice < 0.82:
        return address(random)
    return random.choice((True, False, None))


def swapped_case(text: str, random: Random) -> str:
    """Some characters in the other case, as single characters or as what they become ("ß" is "SS")."""
    return "".join(random.choice((one, one.upper(), one.lower())) for one in text)


def near(value: Json, random: Random) -> Json:
    """Another value that differs little."""
    if isinstance(value, Number):
        return random.choice(
            (
                Number("1" + value.lstrip("-")),
                Number(value + ("0" if "." in value else "e1" if "e" not in value.lower() else "")),
                str(value),
                number(random),
            )
        )
    if isinstance(value, str):
        position = random.randint(0, len(value))
        return random.choice(
            (
                value + random.choice(_CHARACTERS),
                random.choice(_CHARACTERS) + value,
                value[:-1],
                value[1:],
                value[:position] + random.choice(_CHARACTERS) + value[position:],
                value.swapcase(),
                swapped_case(value, random),
                f'"{value}"',
                text(random),
                leaf(random),
            )
        )
    return leaf(random)
