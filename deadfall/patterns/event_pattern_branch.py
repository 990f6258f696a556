"""Match one combination of a pattern's $or: a list of alternatives for each field, all of which must match.

Arrays in the event are transparent, but two fields must not match in different elements of one array.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from .event_pattern_operators import Alternative
from .event_values import Elements, Values

# Elements chosen so far, at most one per array; an element within another implies the other.
_Choice = frozenset[tuple[int, int]]


class Field:
    """The alternatives of one path, one of which must match."""

    __slots__ = ("_others", "_texts", "alternatives", "matches_absence", "path")

    def __init__(self, path: str, alternatives: tuple[Alternative, ...]) -> None:
        self.path = path
        self.alternatives = alternatives
        self.matches_absence = any(each.if_absent for each in alternatives)
        self._texts = frozenset(each.only_text for each in alternatives if each.only_text is not None)
        self._others = tuple(each.matches for each in alternatives if each.only_text is None)

    def matches(self, value: object) -> bool:
        return (isinstance(value, str) and value in self._texts) or any(matches(value) for matches in self._others)

    @property
    def required_texts(self) -> frozenset[str] | None:
        """The texts of which an event must have one at the path; None if other values, or none, match as well."""
        return None if self._others else self._texts


Branch = Sequence[Field]


def branch_matches(branch: Branch, values: Values) -> bool:
    """Return whether every field of the branch matches."""
    choices: set[_Choice] = {frozenset()}
    for position, field in enumerate(branch):
        found = values.get(field.path, ())
        if not any(elements for _, elements in found):  # outside arrays, every choice is consistent
            if any(field.matches(value) for value, _ in found) if found else field.matches_absence:
                continue
            return False
        candidates = _Candidates()
        for value, elements in found:
            candidates.add(elements, field.matches(value))
        following: set[_Choice] = set()
        for choice in choices:
            chosen = dict(choice)
            following.update(choice.union(elements) for elements in candidates.matched(chosen))
            if field.matches_absence and not candidates.any(chosen):
                following.add(choice)
        if not following:
            return False
        choices = _restricted(following, branch[position + 1 :], values)
    return True


def keep_certain(field: Field, unknown: Set[str]) -> Field:
    """Return the field's condition on known values: where others may be, absence is not certain."""
    if field.path not in unknown:
        return field
    return Field(field.path, tuple(each for each in field.alternatives if not each.if_absent))


def branch_may_match(branch: Branch, values: Values, unknown: Set[str]) -> bool:
    """Return whether some completion may match. Conditions on unknown fields may hold in any element of an array."""
    fields = [field for field in branch if field.path not in unknown]
    if len(fields) < len(branch):  # a chosen element may lack a field that others have
        fields = [field for field in fields if not field.matches_absence or _outside_arrays(field, values)]
    return branch_matches(fields, values)


def _outside_arrays(field: Field, values: Values) -> bool:
    return any(not elements for _, elements in values.get(field.path, ()))


class _Candidates:
    """The values of one field by the array elements that contain them.

    Selecting the values consistent with chosen elements takes time proportional to the result, not to the arrays.
    """

    def __init__(self) -> None:
        self._matched: set[Elements] = set()
        self._some = False  # a value is here, not in a nested element
        self._within: dict[int, dict[int, _Candidates]] = {}  # by array and index

    def add(self, elements: Elements, matched: bool) -> None:
        """Add a value that is in these elements."""
        here = self
        for array, index in elements:
            here = here._within.setdefault(array, {}).setdefault(index, _Candidates())
        here._some = True
        if matched:
            here._matched.add(elements)

    def matched(self, chosen: Mapping[int, int]) -> Iterable[Elements]:
        """Return the elements of values that matched and are consistent with the chosen elements."""
        for node in self._consistent(chosen):
            yield from node._matched

    def any(self, chosen: Mapping[int, int]) -> bool:
        """Return whether any value, matched or not, is consistent with the chosen elements."""
        return any(node._some for node in self._consistent(chosen))

    def _consistent(self, chosen: Mapping[int, int]) -> "Iterable[_Candidates]":
        waiting: list[_Candidates] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            for array, elements in node._within.items():
                if array not in chosen:
                    waiting.extend(elements.values())
                elif chosen[array] in elements:
                    waiting.append(elements[chosen[array]])


def _restricted(choices: set[_Choice], fields: Sequence[Field], values: Values) -> set[_Choice]:
    """Remove arrays that contain none of the fields, because independent arrays would multiply the choices."""
    if not any(choices):
        return choices
    arrays = {array for field in fields for _, elements in values.get(field.path, ()) for array, _ in elements}
    return {frozenset(element for element in choice if element[0] in arrays) for choice in choices}
