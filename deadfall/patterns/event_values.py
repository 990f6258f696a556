"""Read the values that an EventBridge event has at given paths, and the array elements that contain them."""

from collections.abc import Iterable, Mapping, Sequence

from .event_pattern_operators import is_array

# The array elements, as (number of the array, index), that a value of the event lies in, the outermost first.
Elements = tuple[tuple[int, int], ...]
# The values at each path, with their elements.
Values = Mapping[str, Sequence[tuple[object, Elements]]]


class ValueReader:
    """Reads the values at a set of paths from events.

    event-ruler ignores empty keys of an event unless a path of the pattern contains one or is empty: `empty_keys`.
    """

    def __init__(self, paths: Iterable[str], *, empty_keys: bool) -> None:
        self._paths = frozenset(paths)
        steps = {path[:end] for path in self._paths for end, character in enumerate(path) if character == "."}
        self._visited = self._paths | steps
        self._empty_keys = empty_keys

    def read(self, event: Mapping[str, object]) -> Values:
        """Return the values at the paths; without recursion, because events may be deeply nested."""
        paths, visited, empty_keys = self._paths, self._visited, self._empty_keys
        values: dict[str, list[tuple[object, Elements]]] = {}
        waiting: list[tuple[str, object, Elements]] = [
            (key, value, ())
            for key, value in event.items()
            if isinstance(key, str) and key in visited and (key or empty_keys)
        ]
        arrays = 0
        while waiting:
            path, value, elements = waiting.pop()
            if isinstance(value, (dict, Mapping)):  # isinstance with an abstract class is slow: dict is tried first
                for key, member in value.items():
                    inner = f"{path}.{key}"
                    if inner in visited and (key != "" or empty_keys):
                        waiting.append((inner, member, elements))
            elif is_array(value):
                for index, element in enumerate(value):
                    inside = isinstance(element, Mapping) or is_array(element)  # a plain value is in no element
                    waiting.append((path, element, (*elements, (arrays, index)) if inside else elements))
                arrays += 1
            elif path in paths:
                values.setdefault(path, []).append((value, elements))
        return values
