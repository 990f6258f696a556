"""Match EventBridge events against event patterns.

Implements EventBridge's semantics and validation:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. What the guide leaves open follows
AWS's event-ruler, the library that EventBridge uses. Keys are joined with dots, so `{"a.b": ...}` and
`{"a": {"b": ...}}` are the same path; arrays in the event are transparent, but two fields of a pattern must not match
in different elements of one array.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NoReturn

from .aws_limits import MAX_COMPLEXITY, MAX_OR_COMBINATIONS
from .event_pattern_branch import Branch, Field, branch_matches, branch_may_match, keep_certain
from .event_pattern_operators import Alternative, InvalidPattern, Members, compile_alternative, is_array, number
from .event_values import ValueReader
from .partial_record import Certainty, PartialRecord, known, may_have_more
from .wildcard_complexity import FieldMachine

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
_Alternatives = dict[str, tuple[Alternative, ...]]


class EventPattern:
    """A compiled event pattern, from a mapping or JSON text; the last of two equal paths wins.

    Raises InvalidPattern, a ValueError, if PutRule would reject the pattern.
    """

    def __init__(self, pattern: Mapping[str, object] | str) -> None:
        try:
            members = Members.of(_parsed(pattern) if isinstance(pattern, str) else pattern, "")
            if members is None:
                raise InvalidPattern("", "must be a JSON object")
            branches: list[_Alternatives] = [{}]
            _add_fields(branches, members, (), inside_or=False)
        except RecursionError:
            raise InvalidPattern("", "nested too deeply") from None
        self.paths = frozenset(path for branch in branches for path in branch)
        # event-ruler ignores empty keys of an event unless a path of the pattern contains one or is empty.
        self.sees_empty_keys = any(path == "" or "" in path.rstrip(".").split(".")[:-1] for path in self.paths)
        # In event-ruler's order, which decides what an absent field of an array element is compared with.
        self.compiled_branches: Sequence[Branch] = [
            [Field(path, branch[path]) for path in sorted(branch, key=_utf16)] for branch in branches
        ]
        self._reader = ValueReader(self.paths, empty_keys=self.sees_empty_keys)
        _check_complexity(self.compiled_branches)

    def matches(self, event: Mapping[str, object]) -> bool:
        """Return whether EventBridge would send the event (with its envelope) to the rule's targets."""
        values = self._reader.read(event)
        return any(branch_matches(branch, values) for branch in self.compiled_branches)

    @property
    def branches(self) -> Sequence[Mapping[str, Sequence[Alternative]]]:
        """The combinations of the pattern's $or, each with the alternatives of every field by its path."""
        return [{field.path: field.alternatives for field in branch} for branch in self.compiled_branches]

    def match_partial(self, event: PartialRecord) -> Certainty:
        """Return how certainly a partially known event matches."""
        values = self._reader.read(known(event))
        unknown = {path for path in self.paths if may_have_more(event, path)}
        return Certainty.of_any(
            Certainty.of(
                certain=branch_matches([keep_certain(field, unknown) for field in branch], values),
                possible=branch_may_match(branch, values, unknown),
            )
            for branch in self.compiled_branches
        )


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


def _add_fields(branches: list[_Alternatives], members: Members, path: tuple[str, ...], *, inside_or: bool) -> None:
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


def _forked(branches: list[_Alternatives], choices: object, path: tuple[str, ...]) -> list[_Alternatives]:
    where = ".".join((*path, _OR))
    if not is_array(choices) or len(choices) < 2:
        raise InvalidPattern(where, "must be an array of at least two objects")
    forked: list[_Alternatives] = []
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


def _check_complexity(branches: Sequence[Branch]) -> None:
    with_wildcards = [
        branch
        for branch in branches
        if any(alternative.wildcards for field in branch for alternative in field.alternatives)
    ]
    _check_machine(with_wildcards)


def _check_machine(branches: Sequence[Branch]) -> None:
    """Check the machine that branches with the same first path share, then those of their next fields."""
    by_path: dict[str, list[Branch]] = defaultdict(list)
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
