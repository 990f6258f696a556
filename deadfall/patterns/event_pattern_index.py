"""Find the patterns that match an event among many, without comparing the event with each.

Most branches of a pattern require one of a few texts at some path, such as an eventName. The index files a branch under
the texts of one such path, so an event is compared only with the branches whose text it has, and with those that
require no text.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from .event_pattern import EventPattern
from .event_pattern_branch import Branch, branch_matches
from .event_values import ValueReader


class EventPatternIndex:
    """Event patterns, by the texts that their branches require."""

    def __init__(self, patterns: Iterable[EventPattern]) -> None:
        numbered = list(enumerate(patterns))
        # These read events differently from the others, and are too rare to be worth an index.
        self._seeing_empty_keys = [(number, pattern) for number, pattern in numbered if pattern.sees_empty_keys]
        others = [(number, pattern) for number, pattern in numbered if not pattern.sees_empty_keys]
        self._reader = ValueReader({path for _, pattern in others for path in pattern.paths}, empty_keys=False)
        branches = [(number, branch) for number, pattern in others for branch in pattern.compiled_branches]
        demand = Counter(
            (field.path, text) for _, branch in branches for field in branch for text in field.required_texts or ()
        )
        self._by_path: dict[str, dict[str, list[tuple[int, Branch]]]] = defaultdict(lambda: defaultdict(list))
        self._without_texts: list[tuple[int, Branch]] = []
        for number, branch in branches:
            indexed = _most_selective(branch, demand)
            if indexed is None:
                self._without_texts.append((number, branch))
                continue
            path, texts = indexed
            for text in texts:
                self._by_path[path][text].append((number, branch))

    def matching(self, event: Mapping[str, object]) -> list[int]:
        """Return the positions of the patterns that match, in ascending order."""
        values = self._reader.read(event)
        matched: set[int] = set()
        for number, branch in self._without_texts:
            if number not in matched and branch_matches(branch, values):
                matched.add(number)
        for path, by_text in self._by_path.items():
            for text in {value for value, _ in values.get(path, ()) if isinstance(value, str)}:
                for number, branch in by_text.get(text, ()):
                    if number not in matched and branch_matches(branch, values):
                        matched.add(number)
        matched.update(number for number, pattern in self._seeing_empty_keys if pattern.matches(event))
        return sorted(matched)


def _most_selective(branch: Branch, demand: Mapping[tuple[str, str], int]) -> tuple[str, frozenset[str]] | None:
    """Return the path whose most common text the fewest branches require, and its texts; None if there is no path."""
    return min(
        ((field.path, texts) for field in branch if (texts := field.required_texts) is not None),
        key=lambda indexed: max(demand[indexed[0], text] for text in indexed[1]),
        default=None,
    )
