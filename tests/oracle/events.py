"""Random events made for a pattern: they match it often, and where they do not they miss it narrowly.

No key of an event stands twice in one object: our matcher is given events that are parsed already.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_network
from random import Random

from . import values
from .json_text import Json, Number


def event(pattern: Json, random: Random) -> dict[str, Json]:
    """An event that has the pattern's fields, in arrays here and there, with values that match more often than not."""
    instance = _instance(pattern, random) if isinstance(pattern, dict) else {}
    for _ in range(random.choices((0, 1, 2), (7, 3, 1))[0]):
        instance = _disturbed(instance, random)
    return instance if isinstance(instance, dict) else {"a": instance}


def _instance(pattern: dict[str, Json], random: Random, depth: int = 0) -> dict[str, Json]:
    instance: dict[str, Json] = {}
    for key, inner in _fields(pattern, random):
        if isinstance(inner, dict):
            value = _instance(inner, random, depth + 1)
            if random.random() < 0.7 / (depth + 1.5) ** 2:  # seldom far down, or a deep event would grow without bound
                value = _spread(value, inner, random, depth + 1)
        elif isinstance(inner, list):
            if random.random() < 0.06 or (_asks_for_absence(inner) and random.random() < 0.6):
                continue
            value = _leaves(inner, random)
        else:
            value = values.leaf(random)
        if "." in key and random.random() < 0.5:
            first, rest = key.split(".", 1)
            key, value = first, {rest: value}
        if isinstance(instance.get(key), dict) and isinstance(value, dict):
            value = instance[key] | value
        instance[str(key)] = value
    if random.random() < 0.15:
        instance.setdefault(values.key(random), random.choice((values.leaf(random), {}, [], [{}], [[]])))
    return instance


def _fields(pattern: dict[str, Json], random: Random) -> Iterator[tuple[str, Json]]:
    """The members of the object and of one branch of each $or, sometimes of several."""
    for key, inner in pattern.items():
        if key == "$or" and isinstance(inner, list) and inner:
            for branch in random.sample(inner, 1 if random.random() < 0.8 else len(inner)):
                if isinstance(branch, dict):
                    yield from _fields(branch, random)
        else:
            yield key, inner


def _asks_for_absence(alternatives: list[Json]) -> bool:
    return any(alternative == {"exists": False} for alternative in alternatives)


# Arrays


def _spread(value: dict[str, Json], pattern: dict[str, Json], random: Random, depth: int) -> Json:
    """The object as an element of an array, or torn apart over several, with others beside it."""
    elements: list[Json] = [value]
    if random.random() < 0.35 and len(value) > 1:
        kept = random.sample(list(value), random.randint(1, len(value) - 1))
        elements = [{key: value[key] for key in kept}, {key: value[key] for key in value if key not in kept}]
    for _ in range(random.choices((0, 1, 2), (3, 3, 1))[0]):
        other = random.choice(
            (_instance(pattern, random, depth), _disturbed(value, random), value, {}, [], values.leaf(random), [value])
        )
        elements.insert(random.randint(0, len(elements)), other)
    return [elements] if random.random() < 0.08 else elements


def _leaves(alternatives: list[Json], random: Random) -> Json:
    """A value for a field, or an array with one among others."""

    def one() -> Json:
        value = satisfying(random.choice(alternatives), random) if alternatives else values.leaf(random)
        return values.near(value, random) if random.random() < 0.12 else value

    if random.random() < 0.8:
        return one()
    leaves = [random.choice((one, lambda: values.leaf(random)))() for _ in range(random.choice((0, 1, 2, 2, 3)))]
    if leaves and random.random() < 0.3:
        leaves.append(random.choice(leaves))
    if random.random() < 0.15:
        leaves.insert(random.randint(0, len(leaves)), random.choice(([one()], [], {}, {"a": one()}, [[one()], one()])))
    return leaves


# Values


def satisfying(alternative: Json, random: Random) -> Json:
    """A value that the alternative probably matches."""
    if not isinstance(alternative, dict) or len(alternative) != 1:
        return _respelled(alternative, random)
    ((operator, operand),) = alternative.items()
    if isinstance(operand, dict) and len(operand) == 1:
        ((inner, text),) = operand.items()
        if operator == "anything-but":
            return _but(
                satisfying({inner: random.choice(text) if isinstance(text, list) and text else text}, random), random
            )
        operand = values.swapped_case(text, random) if isinstance(text, str) else text
    if operator == "anything-but":
        return _but(random.choice(operand) if isinstance(operand, list) and operand else operand, random)
    if operator == "exists":
        return random.choice((values.leaf(random), [], {}))
    if operator == "numeric" and isinstance(operand, list):
        return _beside(
            random.choice([limit for limit in operand if isinstance(limit, Number)] or [Number("0")]), random
        )
    if not isinstance(operand, str):
        return values.leaf(random)
    match operator:
        case "prefix":
            return operand + values.text(random)
        case "suffix":
            return values.text(random) + operand
        case "equals-ignore-case":
            return values.swapped_case(operand, random)
        case "cidr":
            return _address_near(operand, random)
        case "wildcard":
            return _filled_in(operand, random)
    return operand


def _but(excluded: Json, random: Random) -> Json:
    return excluded if random.random() < 0.3 else values.near(excluded, random)


def _respelled(value: Json, random: Random) -> Json:
    if isinstance(value, Number) and random.random() < 0.4:
        number = float(value)
        spellings = [
            value,
            f"{number!r}",
            f"{number:e}",
            f"{number:.17g}",
            f"{value}0" if "." in value else f"{value}.0",
        ]
        spelling = random.choice(spellings)
        return Number(spelling) if _is_json_number(spelling) else value
    return value


def _is_json_number(text: str) -> bool:
    return not any(word in text for word in ("inf", "nan")) and not ("e" in text.lower() and text.endswith(".0"))


def _beside(limit: Number, random: Random) -> Number:
    choice = random.random()
    if choice < 0.4:
        return limit
    if choice < 0.6:
        return values.number(random)
    number = float(limit) + random.choice((-1, 1, -0.5, 0.5, -1e-9, 1e-9))
    return Number(repr(number)) if _is_json_number(repr(number)) else limit


def _address_near(block: str, random: Random) -> str:
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return values.address(random)
    first, last = int(network.network_address), int(network.broadcast_address)
    number = random.choice((first, last, first - 1, last + 1, random.randint(first, last)))
    number = min(max(number, 0), 2**network.max_prefixlen - 1)
    if random.random() < 0.1:  # an address of the other version, with the same first digits
        return str(IPv6Address(number << 96) if network.version == 4 else IPv4Address(number >> 96))
    return str(type(network.network_address)(number))


def _filled_in(wildcard: str, random: Random) -> str:
    filled, characters = "", iter(wildcard)
    for character in characters:
        if character == "*":
            filled += random.choice((values.short_text, values.text))(random)
        else:
            filled += next(characters, "") if character == "\\" else character
    return filled


# Near misses of the whole


def _disturbed(value: Json, random: Random) -> Json:
    """The value with one of its nodes gone, changed, or wrapped."""
    if isinstance(value, dict) and value:
        key = random.choice(list(value))
        choice = random.random()
        if choice < 0.15:
            return {name: inner for name, inner in value.items() if name != key}
        if choice < 0.22:
            return {**value, key: [value[key]]}
        return {**value, key: _disturbed(value[key], random)}
    if isinstance(value, list) and value:
        position = random.randrange(len(value))
        if random.random() < 0.2:
            return value[:position] + value[position + 1 :]
        if random.random() < 0.2:
            return [*value, value[position]]
        return [_disturbed(inner, random) if index == position else inner for index, inner in enumerate(value)]
    return values.near(value, random) if random.random() < 0.85 else random.choice(([], {}, [{}], {"a": value}))
