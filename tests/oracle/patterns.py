"""Random event patterns: valid ones of every match type and nesting, and ways to spoil them."""

from collections.abc import Callable
from random import Random

from . import values
from .json_text import Again, Json, Number

_MATCH_TYPES = (
    *("string", "number", "boolean", "null", "prefix", "suffix", "prefix ignoring case", "suffix ignoring case"),
    *(
        "equals-ignore-case",
        "anything-but",
        "anything-but operator",
        "exists",
        "numeric",
        "cidr",
        "wildcard",
        "address",
    ),
)
_TYPE_WEIGHTS = (8, 6, 3, 3, 4, 4, 3, 3, 4, 5, 8, 6, 6, 4, 5, 2)


def pattern(random: Random) -> Json:
    """A pattern, mostly valid."""
    depth = random.choices((0, 1, 2, 3), (2, 5, 4, 1))[0]
    whole = _object(random, depth)
    if random.random() < 0.01:
        for _ in range(random.randint(5, 120)):
            whole = {"a": whole}
    for _ in range(random.choices((0, 1, 2), (90, 9, 1))[0]):
        whole = spoiled(whole, random)
    return whole


def _object(random: Random, depth: int) -> dict[str, Json]:
    members: dict[str, Json] = {}
    for _ in range(random.choices((1, 2, 3, 4), (5, 6, 3, 1))[0]):
        members[values.key(random)] = _object(random, depth - 1) if depth and random.random() < 0.5 else _field(random)
    if random.random() < 0.18:
        branches = [_object(random, max(depth - 1, 0)) for _ in range(random.choices((2, 3), (4, 1))[0])]
        if random.random() < 0.5:
            members = {"$or": branches, **members}  # before or after the fields beside it
        else:
            members["$or"] = branches
    if random.random() < 0.02:
        members[Again(random.choice(list(members)))] = random.choice(
            (_field(random), _object(random, max(depth - 1, 0)))
        )
    return members


def _field(random: Random) -> list[Json]:
    return [alternative(random) for _ in range(random.choices((1, 2, 3), (7, 3, 1))[0])]


def alternative(random: Random) -> Json:
    """One valid element of a field's list."""
    match random.choices(_MATCH_TYPES, _TYPE_WEIGHTS)[0]:
        case "string":
            return values.text(random)
        case "number":
            return values.number(random)
        case "boolean":
            return random.random() < 0.5
        case "null":
            return None
        case "address":
            return values.address(random)
        case "exists":
            return {"exists": random.random() < 0.5}
        case "numeric":
            return {"numeric": _comparison(random)}
        case "cidr":
            return {"cidr": values.cidr(random)}
        case "wildcard":
            return {"wildcard": _wildcard(random)}
        case "anything-but":
            return {"anything-but": _one_or_more(random, random.choice((values.text, values.number)))}
        case "anything-but operator":
            operator = random.choice(("prefix", "suffix", "equals-ignore-case", "wildcard"))
            return {"anything-but": {operator: _one_or_more(random, _wildcard if operator == "wildcard" else _filled)}}
        case "prefix ignoring case":
            return {"prefix": {"equals-ignore-case": values.text(random)}}
        case "suffix ignoring case":
            return {"suffix": {"equals-ignore-case": values.text(random)}}
        case operator:
            return {operator: values.text(random)}


def _filled(random: Random) -> str:
    return values.text(random) or "a"


def _one_or_more(random: Random, one: Callable[[Random], Json]) -> Json:
    return one(random) if random.random() < 0.4 else [one(random) for _ in range(random.randint(1, 3))]


def _wildcard(random: Random) -> str:
    piece = random.choices((values.short_text, values.text), (4, 1))[0]
    pieces = [
        piece(random).replace("\\", "\\\\").replace("*", "\\*")
        for _ in range(random.choices((1, 2, 3, 4), (1, 5, 4, 1))[0])
    ]
    return "*".join([pieces[0], *(inner or "a" for inner in pieces[1:-1]), *pieces[1:][-1:]])


def _comparison(random: Random) -> list[Json]:
    if random.random() < 0.6:
        return [random.choice(("=", "<", "<=", ">", ">=")), values.number(random)]
    bottom, top = sorted((values.number(random) for _ in range(2)), key=float)
    return [random.choice((">", ">=")), bottom, random.choice(("<", "<=")), top]


# Spoiling

_NOT_OPERANDS = (
    *(
        {},
        [],
        [[]],
        [{}],
        None,
        True,
        Number("1"),
        "",
        "x",
        "*",
        "**",
        "a**b",
        "\\",
        "a\\b",
        "\\x*",
        "a\\",
        "10.0.0.0/33",
    ),
    *(
        "10.0.0.0",
        "10.0.0.0/",
        "/8",
        "10.0.0.0/8/8",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "::/128",
        "::/0",
        "x/8",
    ),
    *(
        "10.0.0.0/ 8",
        "10.0.0/8",
        "1.2.3.4.5/8",
        " 10.0.0.0/8",
        "/",
        "",
        "10.0.0.0/8/",
        "10.0.0.0/99999999999",
        "10.0.0.0/٣",
    ),
    *({"equals-ignore-case": "x", "prefix": "y"}, {"equals-ignore-case": ["x"]}, {"wildcard": "x"}, {"prefix": ""}),
    *(
        ["x", Number("1")],
        ["x", None],
        [True],
        ["", "x"],
        {"exists": True},
        {"numeric": ["=", Number("1")]},
        ["x", ["y"]],
    ),
    *({"suffix": ["x", ""]}, {"prefix": {"equals-ignore-case": "x"}}, {"cidr": "10.0.0.0/8"}, {"anything-but": "x"}),
    *(["="], ["=", "1"], ["==", Number("1")], ["!=", Number("1")], ["<", Number("1"), ">", Number("0")], [Number("1")]),
    *([">", Number("1"), "<", Number("1")], [">", Number("2"), "<", Number("1")], ["=", Number("1"), "<", Number("2")]),
    *(
        [">", Number("1"), "<"],
        [">", Number("1"), "<", Number("2"), "<", Number("3")],
        ["=", Number("1e999")],
        ["=", True],
    ),
    *(
        ["=", Number("9007199254740993")],
        [">=", Number("1"), "<=", Number("1")],
        [">", Number("-0.0"), "<", Number("0")],
    ),
    *(
        [">", Number("1"), ">", Number("2")],
        ["=", None],
        [">", Number("1"), "<=", "2"],
        ["=", [Number("1")]],
        [None, Number("1")],
    ),
)
_OPERATORS = (
    *("prefix", "suffix", "equals-ignore-case", "anything-but", "exists", "numeric", "cidr", "wildcard"),
    *("Prefix", "regex", "", "$or", "not", "=", "equals"),
)


def spoiled(value: Json, random: Random) -> Json:
    """The pattern with one node replaced by something that seldom is allowed there."""
    if isinstance(value, dict) and value and random.random() < 0.75:
        spoiled_key = random.choice(list(value))
        if random.random() < 0.08:
            return {**value, random.choice(_OPERATORS): random.choice((*_NOT_OPERANDS, ["x"]))}
        return {key: spoiled(inner, random) if key is spoiled_key else inner for key, inner in value.items()}
    if isinstance(value, list) and value and random.random() < 0.7:
        position = random.randrange(len(value))
        return [spoiled(inner, random) if index == position else inner for index, inner in enumerate(value)]
    if random.random() < 0.5:
        return random.choice(_NOT_OPERANDS)
    return {random.choice(_OPERATORS): random.choice(_NOT_OPERANDS)}
