"""Match EventBridge events against event patterns.

Implements EventBridge's semantics and validation:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. What the guide leaves open follows
AWS's event-ruler, the library that EventBridge uses. Keys are joined with dots, so `{"a.b": ...}` and
`{"a": {"b": ...}}` are the same path; arrays in the event are transparent, but two fields of a pattern must not match
in different elements of one array.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import NoReturn

from .event_pattern_operators import Alternative, InvalidPattern, Members, compile_alternative, is_array, number
from .partial_record import Certainty, PartialRecord, known, may_have_more
from .wildcard_complexity import MAX_COMPLEXITY, FieldMachine

MAX_PATTERN_CHARACTERS = 2048  # a quota of PutRule, not of the pattern language; raised on request
MAX_OR_COMBINATIONS = 1000

_OR = "$or"
# event-ruler's operator names, which can't name fields in $or.
_RESERVED_IN_OR = frozenset(
    """
    exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >=
    regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range
    ip-address-in-range ip-address-not-in-range
    """.split()  # noqa: SIM905 - a list would take a line for each
)

# One way to match: the alternatives of each field, by path. A pattern without $or has exactly one.
_Branch = dict[str, tuple[Alternative, ...]]
# The array elements, as (number of the array, index), that a value of the event lies in, the outermost first.
_Elements = tuple[tuple[int, int], ...]
# Elements chosen so far, at most one per array; an element within another implies the other.
_Choice = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Field:
    path: str
    alternatives: tuple[Alternative, ...]

    def matches(self, value: object) -> bool:
        return any(alternative.matches(value) for alternative in self.alternatives)

    @property
    def matches_absence(self) -> bool:
        return any(alternative.if_absent for alternative in self.alternatives)


class EventPattern:
    """A compiled event pattern, from a mapping or JSON text; the last of two equal paths wins.

    Raises InvalidPattern, a ValueError, if PutRule would reject the pattern.
    """

    def __init__(self, pattern: Mapping[str, object] | str) -> None:
        try:
            members = Members.of(_parsed(pattern) if isinstance(pattern, str) else pattern, "")
            if members is None:
                raise InvalidPattern("", "must be a JSON object")
            branches: list[_Branch] = [{}]
            _add_fields(branches, members, (), inside_or=False)
        except RecursionError:
            raise InvalidPattern("", "nested too deeply") from None
        # In event-ruler's order, which decides what an absent field of an array element is compared with.
        self._branches = [[_Field(path, branch[path]) for path in sorted(branch, key=_utf16)] for branch in branches]
        self._paths = frozenset(path for branch in branches for path in branch)
        self._steps = frozenset(path[:end] for path in self._paths for end in _dots(path))
        # event-ruler ignores empty keys of an event unless a path of the pattern contains one or is empty.
        self._sees_empty_keys = any(path == "" or "" in path.rstrip(".").split(".")[:-1] for path in self._paths)
        _check_complexity(self._branches)

    def matches(self, event: Mapping[str, object]) -> bool:
        """Return whether EventBridge would send the event (with its envelope) to the rule's targets."""
        values = self._values_by_path(event)
        return any(_branch_matches(branch, values) for branch in self._branches)

    @property
    def branches(self) -> Sequence[Mapping[str, Sequence[Alternative]]]:
        """The combinations of the pattern's $or, each with the alternatives of every field by its path."""
        return [{field.path: field.alternatives for field in branch} for branch in self._branches]

    def match_partial(self, event: PartialRecord) -> Certainty:
        """Return how certainly a partially known event matches."""
        values = self._values_by_path(known(event))
        unknown = {path for path in self._paths if may_have_more(event, path)}
        return Certainty.of_any(
            Certainty.of(
                certain=_branch_matches([_on_what_is_known(field, unknown) for field in branch], values),
                possible=_branch_may_match(branch, values, unknown),
            )
            for branch in self._branches
        )

    def _values_by_path(self, event: Mapping[str, object]) -> Mapping[str, Sequence[tuple[object, _Elements]]]:
        """Return the values at the pattern's paths; without recursion, because events may be deeply nested."""
        values: dict[str, list[tuple[object, _Elements]]] = defaultdict(list)
        waiting: list[tuple[str, object, _Elements]] = [
            (key, value, ()) for key, value in event.items() if isinstance(key, str) and (key or self._sees_empty_keys)
        ]
        arrays = 0
        while waiting:
            path, value, elements = waiting.pop()
            if path not in self._paths and path not in self._steps:
                continue
            if isinstance(value, Mapping):
                waiting.extend(
                    (f"{path}.{key}", member, elements)
                    for key, member in value.items()
                    if key != "" or self._sees_empty_keys
                )
            elif is_array(value):
                for index, element in enumerate(value):
                    inside = isinstance(element, Mapping) or is_array(element)  # a plain value is in no element
                    waiting.append((path, element, (*elements, (arrays, index)) if inside else elements))
                arrays += 1
            elif path in self._paths:
                values[path].append((value, elements))
        return values


def _parsed(text: str) -> object:
    def refuse(constant: str) -> NoReturn:
        raise InvalidPattern("", f"{constant} is not JSON")

    try:
        return json.loads(text, object_pairs_hook=Members, parse_float=number, parse_constant=refuse)
    except InvalidPattern:
        raise
    except ValueError as error:
        raise InvalidPattern("", f"not JSON: {error}") from None


def _utf16(path: str) -> bytes:
    return path.encode("utf-16-be", "surrogatepass")


def _dots(path: str) -> Iterable[int]:
    return (position for position, character in enumerate(path) if character == ".")


def _add_fields(branches: list[_Branch], members: Members, path: tuple[str, ...], *, inside_or: bool) -> None:
    """Add the fields of one object of the pattern to every branch; each $or multiplies the branches."""
    where = ".".join(path)
    if not members:
        raise InvalidPattern(where, "empty objects are not allowed")
    for key, value in members:
        here = (*path, key)
        field = f"{where}.{key}" if where else key  # like event-ruler, omits the dot directly under an empty key
        if key == _OR:
            branches[:] = _forked(branches, value, path)
        elif inside_or and key in _RESERVED_IN_OR:
            raise InvalidPattern(field, f"{key!r} is a reserved word and can't name a field in $or")
        elif (inner := Members.of(value, field)) is not None:
            _add_fields(branches, inner, here, inside_or=inside_or)
        elif is_array(value):
            if not value:
                raise InvalidPattern(field, "empty arrays are not allowed")
            alternatives = tuple(
                compile_alternative(element, f"{field}[{index}]") for index, element in enumerate(value)
            )
            for branch in branches:
                branch[field] = alternatives
        else:
            raise InvalidPattern(field, "must be an object or an array")


def _forked(branches: list[_Branch], choices: object, path: tuple[str, ...]) -> list[_Branch]:
    where = ".".join((*path, _OR))
    if not is_array(choices) or len(choices) < 2:
        raise InvalidPattern(where, "must be an array of at least two objects")
    forked: list[_Branch] = []
    for index, choice in enumerate(choices):
        members = Members.of(choice, f"{where}[{index}]")
        if members is None:
            raise InvalidPattern(f"{where}[{index}]", "only objects are allowed in $or")
        copies = [dict(branch) for branch in branches]
        _add_fields(copies, members, path, inside_or=True)
        forked += copies
        if len(forked) > MAX_OR_COMBINATIONS:
            raise InvalidPattern(where, f"more than {MAX_OR_COMBINATIONS} combinations of $or")
    return forked


def _branch_matches(branch: list[_Field], values: Mapping[str, Sequence[tuple[object, _Elements]]]) -> bool:
    choices: set[_Choice] = {frozenset()}
    for position, field in enumerate(branch):
        candidates = _Candidates()
        for value, elements in values.get(field.path, ()):
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


def _on_what_is_known(field: _Field, unknown: Set[str]) -> _Field:
    """Return the field's condition on known values: where others may be, absence is not certain."""
    if field.path not in unknown:
        return field
    return replace(field, alternatives=tuple(each for each in field.alternatives if not each.if_absent))


def _branch_may_match(
    branch: list[_Field], values: Mapping[str, Sequence[tuple[object, _Elements]]], unknown: Set[str]
) -> bool:
    """Return whether some completion may match. Conditions on unknown fields may hold in any element of an array."""
    fields = [field for field in branch if field.path not in unknown]
    if len(fields) < len(branch):  # a chosen element may lack a field that others have
        fields = [field for field in fields if not field.matches_absence or _outside_arrays(field, values)]
    return _branch_matches(fields, values)


def _outside_arrays(field: _Field, values: Mapping[str, Sequence[tuple[object, _Elements]]]) -> bool:
    return any(not elements for _, elements in values.get(field.path, ()))


class _Candidates:
    """The values of one field by the array elements that contain them.

    Selecting the values consistent with chosen elements takes time proportional to the result, not to the arrays.
    """

    def __init__(self) -> None:
        self._matched: set[_Elements] = set()
        self._some = False  # a value is here, not in a nested element
        self._within: dict[int, dict[int, _Candidates]] = {}  # by array and index

    def add(self, elements: _Elements, matched: bool) -> None:
        """Add a value that is in these elements."""
        here = self
        for array, index in elements:
            here = here._within.setdefault(array, {}).setdefault(index, _Candidates())
        here._some = True
        if matched:
            here._matched.add(elements)

    def matched(self, chosen: Mapping[int, int]) -> Iterable[_Elements]:
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


def _restricted(
    choices: set[_Choice], fields: list[_Field], values: Mapping[str, Sequence[tuple[object, _Elements]]]
) -> set[_Choice]:
    """Remove arrays that contain none of the fields, because independent arrays would multiply the choices."""
    if not any(choices):
        return choices
    arrays = {array for field in fields for _, elements in values.get(field.path, ()) for array, _ in elements}
    return {frozenset(element for element in choice if element[0] in arrays) for choice in choices}


def _check_complexity(branches: list[list[_Field]]) -> None:
    with_wildcards = [
        branch
        for branch in branches
        if any(alternative.wildcards for field in branch for alternative in field.alternatives)
    ]
    _check_machine(with_wildcards)


def _check_machine(branches: list[list[_Field]]) -> None:
    """Check the machine that branches with the same first path share, then those of their next fields."""
    by_path: dict[str, list[list[_Field]]] = defaultdict(list)
    for branch in branches:
        if branch:
            by_path[branch[0].path].append(branch)
    for path, together in by_path.items():
        machine = FieldMachine()
        reached: dict[int, set[int]] = defaultdict(set)
        for index, branch in enumerate(together):
            for following in machine.add(branch[0].alternatives):
                reached[following].add(index)
        if machine.complexity() > MAX_COMPLEXITY:
            raise InvalidPattern(
                path,
                "rule is too complex: use fewer wildcards on this field, or prefix and suffix, which cost nothing",
            )
        groups = {frozenset(indices) for indices in reached.values()}
        for group in groups:
            if not any(group < larger for larger in groups):  # more branches are never less complex
                _check_machine([together[index][1:] for index in sorted(group)])
