"""What a pair of pattern and event exercises, by name."""

from collections.abc import Iterator

from .json_text import Again, Json, Number

MATCH_TYPES = (
    *("exact string", "exact number", "exact boolean", "exact null", "prefix", "prefix, equals-ignore-case", "suffix"),
    *(
        "suffix, equals-ignore-case",
        "equals-ignore-case",
        "anything-but text",
        "anything-but texts",
        "anything-but number",
    ),
    *(
        "anything-but numbers",
        "anything-but prefix",
        "anything-but prefixes",
        "anything-but suffix",
        "anything-but suffixes",
    ),
    *("anything-but equals-ignore-case", "anything-but equals-ignore-case of several", "anything-but wildcard"),
    *(
        "anything-but wildcards",
        "exists true",
        "exists false",
        "numeric comparison",
        "numeric range",
        "cidr",
        "wildcard",
    ),
)
NESTINGS = (
    *("$or", "$or in $or", "$or beside fields", "several alternatives", "key named twice", "dotted key in the pattern"),
    *("pattern deeper than 5", "event: array of leaves", "event: equal leaves in an array", "event: array of objects"),
    *("event: several objects in an array", "event: array in an array", "event: objects and leaves in one array"),
    *("event: array of objects within another", "event: empty array", "event: empty object", "event: dotted key"),
)

_SEVERAL = {"prefix": "prefixes", "suffix": "suffixes", "wildcard": "wildcards"}


def kinds(pattern: Json, event: Json) -> set[str]:
    """The match types and nestings of the pair, among `MATCH_TYPES` and `NESTINGS`."""
    return {*_of_pattern(pattern, 0, in_or=False), *_of_event(event, in_objects=False)}


def _of_pattern(value: Json, depth: int, *, in_or: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    if depth > 5:
        yield "pattern deeper than 5"
    for key, inner in value.items():
        if isinstance(key, Again):
            yield "key named twice"
        if key == "$or" and isinstance(inner, list):
            yield "$or"
            if in_or:
                yield "$or in $or"
            if len(value) > 1:
                yield "$or beside fields"
            for branch in inner:
                yield from _of_pattern(branch, depth, in_or=True)
            continue
        if "." in key:
            yield "dotted key in the pattern"
        if isinstance(inner, list):
            if len(inner) > 1:
                yield "several alternatives"
            for alternative in inner:
                yield from _of_alternative(alternative)
        else:
            yield from _of_pattern(inner, depth + 1, in_or=in_or)


def _of_alternative(value: Json) -> Iterator[str]:
    if isinstance(value, Number):
        yield "exact number"
    elif isinstance(value, str):
        yield "exact string"
    elif isinstance(value, bool):
        yield "exact boolean"
    elif value is None:
        yield "exact null"
    elif isinstance(value, dict) and len(value) == 1:
        ((operator, operand),) = value.items()
        yield _of_operator(operator, operand)


def _of_operator(operator: str, operand: Json) -> str:
    if operator == "anything-but":
        return f"anything-but {_of_excluded(operand)}"
    if operator == "exists":
        return f"exists {str(operand).lower()}"
    if operator == "numeric":
        return "numeric range" if isinstance(operand, list) and len(operand) > 2 else "numeric comparison"
    return f"{operator}, {next(iter(operand), '')}" if isinstance(operand, dict) else operator


def _of_excluded(operand: Json) -> str:
    if isinstance(operand, dict) and len(operand) == 1:
        ((operator, texts),) = operand.items()
        return _SEVERAL.get(operator, f"{operator} of several") if isinstance(texts, list) else operator
    one = operand[0] if isinstance(operand, list) and operand else operand
    return f"{'number' if isinstance(one, Number) else 'text'}{'s' if isinstance(operand, list) else ''}"


def _of_event(value: Json, *, in_objects: bool) -> Iterator[str]:
    if isinstance(value, dict):
        if not value:
            yield "event: empty object"
        for key, inner in value.items():
            if "." in key:
                yield "event: dotted key"
            yield from _of_event(inner, in_objects=in_objects)
    elif isinstance(value, list):
        objects = [inner for inner in value if isinstance(inner, dict)]
        leaves = [inner for inner in value if not isinstance(inner, dict | list)]
        shapes = {
            "event: empty array": not value,
            "event: array of leaves": bool(leaves),
            "event: equal leaves in an array": len({(type(one), one) for one in leaves}) < len(leaves),
            "event: array of objects": bool(objects),
            "event: several objects in an array": len(objects) > 1,
            "event: objects and leaves in one array": bool(objects and leaves),
            "event: array in an array": len(objects) + len(leaves) < len(value),
            "event: array of objects within another": bool(objects) and in_objects,
        }
        yield from (shape for shape, found in shapes.items() if found)
        for inner in value:
            yield from _of_event(inner, in_objects=in_objects or bool(objects))
