"""The smallest pair of pattern and event that still shows a disagreement."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from .json_text import Json, Number, render

Pair: TypeAlias = tuple[Json, Json]


def shrunk(pair: Pair, disagreeing: Callable[[Sequence[Pair]], list[bool]]) -> Pair:
    """Take away what can be taken away; `disagreeing` tells of each of several pairs whether the two still disagree."""
    while True:
        pattern, event = pair
        smaller = [
            *((less, event) for less in _smaller(pattern)),
            *((pattern, less) for less in _smaller(event) if isinstance(less, dict)),
        ]
        smaller = [other for other in smaller if _size(other) < _size(pair)]
        smaller.sort(key=_size)
        found = next((other for other, still in zip(smaller, disagreeing(smaller), strict=True) if still), None)
        if found is None:
            return pair
        pair = found


def _size(pair: Pair) -> tuple[int, str]:
    text = "".join(map(render, pair))
    return len(text), text


def _smaller(value: Json) -> Iterator[Json]:
    """The value with one step of simplification, at any depth."""
    if isinstance(value, dict):
        yield from value.values()
        for key in value:
            yield {name: inner for name, inner in value.items() if name is not key}
            yield from (
                {name: less if name is key else inner for name, inner in value.items()} for less in _smaller(value[key])
            )
    elif isinstance(value, list):
        yield from value
        for position in range(len(value)):
            yield value[:position] + value[position + 1 :]
            yield from ([*value[:position], less, *value[position + 1 :]] for less in _smaller(value[position]))
    elif isinstance(value, Number):
        yield from (Number("0"), Number("1"))
    elif isinstance(value, str):
        yield from (value[:position] + value[position + 1 :] for position in range(len(value)))
        yield from (value[:position] + "a" + value[position + 1 :] for position in range(len(value)))
