"""Find the JSON filter patterns that match a record among many, without comparing the record with each.

Most patterns require one of a few texts at some selector, such as `$.eventName = X`. The index files a pattern under
these texts, so a record is compared only with the patterns whose text it has, and with those that require no text.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set

from .filter_pattern import FilterPattern
from .filter_pattern_expression import AllOf, AnyOf, Condition
from .filter_pattern_json import Compares, Selector, comparable_text
from .filter_pattern_values import Equality

# A value that a record must have: the text of a number counts as well, because comparisons with texts accept it.
_Key = tuple[Selector, str]


class FilterPatternIndex:
    """Filter patterns, by the texts that they require."""

    def __init__(self, patterns: Iterable[FilterPattern]) -> None:
        self._without_texts: list[tuple[int, FilterPattern]] = []
        self._by_selector: dict[Selector, dict[str, list[tuple[int, FilterPattern]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        numbered = [(number, pattern, pattern.expression) for number, pattern in enumerate(patterns)]
        demand = Counter(key for _, _, expression in numbered if expression for key in _equalities(expression))
        for number, pattern, expression in numbered:
            keys = _required_keys(expression, demand) if expression else None
            if keys is None:
                self._without_texts.append((number, pattern))
                continue
            for selector, text in keys:
                self._by_selector[selector][text].append((number, pattern))

    def matching(self, record: Mapping[str, object]) -> list[int]:
        """Return the positions of the patterns that match, in ascending order."""
        candidates = dict(self._without_texts)
        for selector, by_text in self._by_selector.items():
            for value in selector.values(record):
                text = comparable_text(value)
                if text is not None:
                    candidates.update(by_text.get(text, ()))
        return sorted(number for number, pattern in candidates.items() if pattern.matches(record))


def _equalities(condition: Condition) -> Iterator[_Key]:
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            for each in conditions:
                yield from _equalities(each)
        case Compares(selector, Equality(only_text=str(text))):
            yield selector, text


def _required_keys(condition: Condition, demand: Mapping[_Key, int]) -> Set[_Key] | None:
    """Return keys of which every matching record has one; None if there may be none.

    Of a conjunction, take the member whose most common key the fewest patterns require.
    """
    match condition:
        case AllOf(conditions):
            found = [keys for each in conditions if (keys := _required_keys(each, demand)) is not None]
            return min(found, key=lambda keys: max(demand[key] for key in keys), default=None)
        case AnyOf(conditions):
            together: set[_Key] = set()
            for each in conditions:
                keys = _required_keys(each, demand)
                if keys is None:
                    return None
                together |= keys
            return together
    return frozenset(_equalities(condition)) or None
