"""Where Deadfall and event-ruler are known to differ, and why ours is meant.

A pair is excused only if the named cause is shown to be the cause: asked again without it the two agree, or, where
what event-ruler does instead is known, our matcher says the same once it does so too.
"""

import ipaddress
import itertools
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias
from unittest import mock

from deadfall.patterns import event_pattern_operators
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.event_pattern_operators import Incomparable, address_digits, is_in_range, number
from deadfall.patterns.wildcard_complexity import FieldMachine

from .json_text import Json, Number, render
from .shrink import Pair
from .verdicts import MATCHED, MISSED, REFUSED, agreed, our_verdict

# What both say of several pairs: our verdict, event-ruler's, and the numbers that event-ruler can't compare.
Ask: TypeAlias = Callable[[Sequence[Pair]], Sequence[tuple[str, str, list[str]]]]
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_GREATEST = "1.7976931348623157e308"
_MOST_APART = 2000
_ASKED_AGAIN = 40


class _Disagreement(NamedTuple):
    pair: Pair
    ours: str
    theirs: str
    incomparable: Sequence[str]
    ask: Ask

    def is_gone(self, changed: Pair) -> bool:
        """Whether the two agree on another pair, or differ there for another known reason."""
        if changed == self.pair:
            return False
        ((ours, theirs, incomparable),) = self.ask([changed])
        return (
            agreed(ours, theirs) is not None
            or known_exception(changed, ours, theirs, incomparable, self.ask) is not None
        )


def known_exception(pair: Pair, ours: str, theirs: str, incomparable: Sequence[str], ask: Ask) -> str | None:
    """The reason, if the disagreement is a known one."""
    disagreement = _Disagreement(pair, ours, theirs, incomparable, ask)
    return next((reason for reason, is_cause in _EXCEPTIONS.items() if is_cause(disagreement)), None)


def _is_jdk_digits(disagreement: _Disagreement) -> bool:
    """JDK 17 and 18 write some doubles with more digits than needed (JDK-4511638), and event-ruler asks Java for them.

    What numbers it can compare then depends on the JDK; ours are those of JDK 19 and newer.
    """
    written = {node for tree in disagreement.pair for node in _nodes(tree) if isinstance(node, Number)}
    doubtful = {float(text) for text in written if _is_comparable(text) == (text in disagreement.incomparable)}
    doubtful -= {math.inf, -math.inf}

    def other(node: Json) -> Json:
        return Number(f"{1.25 * float(node):.3g}") if isinstance(node, Number) and float(node) in doubtful else node

    pattern, event = disagreement.pair
    return disagreement.is_gone((_changed(pattern, other), _changed(event, other)))


def _is_range_to_the_end(disagreement: _Disagreement) -> bool:
    """An open range as wide as the doubles are: `Range` has no digit left between its bottom and its top."""

    def narrower(node: Json) -> Json:
        if isinstance(node, dict) and isinstance(node.get("numeric"), list):
            return {"numeric": [_less(limit) for limit in node["numeric"]]}
        return node

    if not disagreement.theirs.startswith("failed java.lang.ArrayIndexOutOfBoundsException"):
        return False
    pattern, event = disagreement.pair
    return disagreement.is_gone((_changed(pattern, narrower), event))


def _less(limit: Json) -> Json:
    return Number(limit.replace(_GREATEST, "1e308")) if isinstance(limit, Number) else limit


def _is_empty_list(disagreement: _Disagreement) -> bool:
    """AWS documents lists of texts; an empty one makes event-ruler throw, or gives a field that never matches."""

    def filled(node: Json) -> Json:
        if isinstance(node, dict) and isinstance(operand := node.get("anything-but"), dict):
            return {"anything-but": {operator: ["a"] if texts == [] else texts for operator, texts in operand.items()}}
        return node

    if not (disagreement.ours.startswith(REFUSED) and "must name at least one text" in disagreement.ours):
        return False
    pattern, event = disagreement.pair
    return disagreement.is_gone((_changed(pattern, filled), event))


# Numbers by their digits


class _Written(float):
    """A number of an event that knows how it is written."""

    text: str

    @classmethod
    def of(cls, text: str) -> "float | Incomparable":
        if isinstance(compared := number(text), Incomparable):
            return compared
        written = cls(compared)
        written.text = text
        return written


def _is_number_by_digits(disagreement: _Disagreement) -> bool:
    """event-ruler compares a number's digits with those of an address, too: 16.0.0.0/8 holds the number 105.

    A number is no address; AWS's guide says nothing else. In `ByteMachine` an address's range matches "as soon as you
    see the match"; numbers that a field's numeric patterns convert escape it.
    """
    pattern, event = map(render, disagreement.pair)
    with mock.patch.object(event_pattern_operators, "_in_network", _with_digits_in):
        return agreed(our_verdict(pattern, event, _Written.of), disagreement.theirs) is not None


def _with_digits_in(network: _Network) -> Callable[[object], bool]:
    bottom, top = address_digits(network.network_address), address_digits(network.broadcast_address)

    def matches(candidate: object) -> bool:
        digits = ""
        if isinstance(candidate, str):
            address = event_pattern_operators._ip_address(candidate)
            digits = "" if address is None else address_digits(address)
        elif not isinstance(candidate, bool):
            text = candidate.text if isinstance(candidate, _Written | Incomparable) else str(candidate)
            digits = re.split("[^0-9A-F]", text)[0]
        return is_in_range(digits, bottom, top)

    return matches


# Elements of one list that event-ruler mixes up


def _is_number_before_address(disagreement: _Disagreement) -> bool:
    """AWS documents that a field matches if one element of its list does, whatever else stands in the list.

    event-ruler keeps a number that no double holds as a shortcut behind its first digit, and an address or a block with
    that digit, added later, overwrites it (`ByteMachine.findOrMakeNextByteStateForRangePattern`): the number is lost.
    """
    pattern, _ = disagreement.pair
    return (
        (disagreement.ours, disagreement.theirs) == (MATCHED, MISSED)
        and _share_a_field(pattern, _has_number_before_address)
        and _contradicts_its_elements(disagreement)
    )


def _has_number_before_address(alternatives: list[Json]) -> bool:
    first_digits: set[str] = set()
    for alternative in alternatives:
        if isinstance(alternative, Number):
            if not _is_comparable(alternative):
                first_digits.add(alternative[0])
        elif first_digits & {address_digits(address)[0] for address in _ends(alternative)}:
            return True
    return False


def _ends(alternative: Json) -> list[_Address]:
    """The first and the last address of a block, the address of a text that is one."""
    networks: list[_Network] = []

    def in_network(network: _Network) -> Callable[[object], bool]:
        networks.append(network)
        return bool

    with mock.patch.object(event_pattern_operators, "_in_network", in_network):
        EventPattern(render({"a": [alternative]}))
    return [end for network in networks for end in (network.network_address, network.broadcast_address)]


def _is_wildcard_beside_several_bytes(disagreement: _Disagreement) -> bool:
    """event-ruler's machine for a field at times goes on in a state that a star leads to as well where it adds
    equals-ignore-case, or a suffix whose characters have several bytes, or the other way round, dependent on their
    order (`ByteMachine.canReuseNextByteState`).
    """
    pattern, _ = disagreement.pair
    return (
        {disagreement.ours, disagreement.theirs} == {MATCHED, MISSED}
        and _share_a_field(pattern, _has_wildcard_beside_several_bytes)
        and _contradicts_its_elements(disagreement)
    )


def _contradicts_its_elements(disagreement: _Disagreement) -> bool:
    """Whether event-ruler, asked of the elements of each list one by one, says what we say."""
    pattern, event = disagreement.pair
    apart = list(itertools.islice(_apart(pattern), _MOST_APART + 1))
    if len(apart) > _MOST_APART:
        return False
    verdicts = {theirs for _, theirs, _ in disagreement.ask([(alone, event) for alone in apart])}
    return verdicts <= {MATCHED, MISSED} and (MATCHED in verdicts) == (disagreement.ours == MATCHED)


def _branches(pattern: Json, path: str = "") -> list[dict[str, list[Json]]]:
    """The ways to match, in event-ruler's order: the list of each path, with one branch of each $or."""
    branches: list[dict[str, list[Json]]] = [{}]
    for key, inner in pattern.items():
        here = f"{path}.{key}" if path else str(key)
        if key == "$or":
            choices = [_branches(choice, path) for choice in inner]
        elif isinstance(inner, list):
            choices = [[{here: inner}]]
        else:
            choices = [_branches(inner, here)]
        branches = [branch | fields for choice in choices for fields in choice for branch in branches]
    return branches


def _share_a_field(pattern: Json, are_mixed_up: Callable[[list[Json]], bool]) -> bool:
    """Whether such elements stand in the lists of one field, in all branches together."""
    found: dict[str, list[Json]] = defaultdict(list)
    for branch in _branches(pattern):
        for path, alternatives in branch.items():
            found[path] += alternatives
    return any(map(are_mixed_up, found.values()))


def _has_wildcard_beside_several_bytes(alternatives: list[Json]) -> bool:
    operators = [(name, node[name]) for node in _nodes(alternatives) if isinstance(node, dict) for name in node]
    names = {name for name, _ in operators}
    beyond_ascii = any(name == "suffix" and not "".join(_texts(operand)).isascii() for name, operand in operators)
    return "wildcard" in names and ("equals-ignore-case" in names or beyond_ascii)


def _texts(value: Json) -> Iterator[str]:
    return (node for node in _nodes(value) if isinstance(node, str))


def _apart(pattern: Json) -> Iterator[Json]:
    """The pattern with one element of each field's list, in every way there is, and without $or: as it would count a
    wildcard beside it once for each branch.
    """
    for branch in _branches(pattern):
        for chosen in itertools.product(*branch.values()):
            yield {path: [alternative] for path, alternative in zip(branch, chosen, strict=True)}


# Branches that event-ruler takes for one


def _is_branch_taken_for_another(disagreement: _Disagreement) -> bool:
    """AWS documents that $or matches if one of its branches does.

    event-ruler does not add a branch that has with an earlier one an element of each field in common: it takes it for
    added (`GenericMachine.addStep`), and what else stands in its lists is lost.
    """
    pattern, _ = disagreement.pair
    return (
        (disagreement.ours, disagreement.theirs) == (MATCHED, MISSED)
        and _has_similar_branches(pattern)
        and _contradicts_its_elements(disagreement)
    )


def _has_similar_branches(pattern: Json) -> bool:
    branches = [
        {path: {alternative.identity for alternative in alternatives} for path, alternatives in branch.items()}
        for branch in EventPattern(render(pattern)).branches
    ]
    return any(
        one.keys() == other.keys() and all(one[path] & other[path] for path in one)
        for one, other in itertools.combinations(branches, 2)
    )


# Texts beside wildcards


def _is_text_beside_wildcard(disagreement: _Disagreement) -> bool:
    """event-ruler does not find a text again that an earlier branch of $or has added, where a wildcard's star leads on
    from the same state (`ByteMachine.addMatchValue`): what follows is no longer shared, and less complex.

    AWS does not publish what it finds too complex; we refuse rather too early.
    """

    def add_without_wildcards(machine: FieldMachine, _: str, next_field: int | None) -> int:
        return next(machine._numbers) if next_field is None else next_field

    if not (disagreement.ours.startswith(REFUSED) and "rule is too complex" in disagreement.ours):
        return False
    with mock.patch.object(FieldMachine, "_add_without_wildcards", add_without_wildcards):
        pattern, event = map(render, disagreement.pair)
        return agreed(our_verdict(pattern, event), disagreement.theirs) is not None


# One pair, several answers


def _is_by_index(disagreement: _Disagreement) -> bool:
    """A path with values in an array's elements and, by a key with a dot, others outside: `StructuredFinder` forgets
    the latter once an element is chosen, which `ACFinder`, event-ruler's other finder, does not.
    """
    word, _, but = disagreement.theirs.partition(" ")
    return but == "but not without its index" and {disagreement.ours, word} == {MATCHED, MISSED}


def _is_undecided(disagreement: _Disagreement) -> bool:
    """Where texts stand beside ignored case in a field's machine, event-ruler goes on in whichever of several states a
    hash set names first (`ByteMachine.addMatchValue`), or takes a branch of $or for an earlier one if it names the
    state that both lead to last (`GenericMachine.addStep`); and its hashes are new each time.
    """
    again = {theirs for _, theirs, _ in disagreement.ask([disagreement.pair] * _ASKED_AGAIN)}
    return len({disagreement.theirs, *again}) > 1 and any(agreed(disagreement.ours, theirs) for theirs in again)


_EXCEPTIONS: dict[str, Callable[[_Disagreement], bool]] = {
    "a double whose shortest digits this JDK does not write; with other numbers both agree": _is_jdk_digits,
    "a range open at the greatest or least double makes event-ruler fail; one less wide does not": _is_range_to_the_end,
    "an empty list in anything-but makes event-ruler fail or never match; we refuse it": _is_empty_list,
    "event-ruler finds a number in a block of addresses by its first digits": _is_number_by_digits,
    "an address behind a number without a double: event-ruler forgets the number, which it finds alone": (
        _is_number_before_address
    ),
    "a wildcard beside equals-ignore-case or a suffix beyond ASCII: event-ruler contradicts what it says of each": (
        _is_wildcard_beside_several_bytes
    ),
    "a branch of $or that resembles an earlier one: event-ruler does not add it, and finds it alone": (
        _is_branch_taken_for_another
    ),
    "event-ruler itself answers differently from one time to the next": _is_undecided,
    "event-ruler's two finders contradict each other, and we say what the one without an index says": _is_by_index,
    "a text beside a wildcard in several branches of $or: event-ruler counts what follows apart; we refuse": (
        _is_text_beside_wildcard
    ),
}
REASONS = tuple(_EXCEPTIONS)


def _nodes(value: Json) -> Iterator[Json]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _nodes(inner)


def _changed(value: Json, change: Callable[[Json], Json]) -> Json:
    """The value with each of its nodes changed, the innermost first."""
    if isinstance(value, dict):
        return change({key: _changed(inner, change) for key, inner in value.items()})
    if isinstance(value, list):
        return change([_changed(inner, change) for inner in value])
    return change(value)


def _is_comparable(text: str) -> bool:
    return event_pattern_operators._double(json.loads(text, parse_float=number)) is not None
