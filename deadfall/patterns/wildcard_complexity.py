"""Measure the complexity of an event pattern's wildcards like EventBridge.

PutRule rejects a pattern whose wildcards could make the matcher follow too many of them at once ("Rule is too complex -
try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"). AWS does not
publish the limit. The measure here is that of AWS's open source event-ruler (`MachineComplexityEvaluator`): the
largest number of wildcard prefixes that one input can match at a time, in the machine that a field's wildcards share.
If several branches of an $or mix texts and wildcards, event-ruler sometimes counts less.
"""

import itertools
from collections.abc import Iterable
from typing import NamedTuple

from .aws_limits import MAX_COMPLEXITY
from .event_pattern_operators import Alternative

_QUOTE = ord('"')
_STAR = 256  # no byte
_ANY_OTHER_BYTE = 257  # represents every byte that no wildcard contains


class _Token(NamedTuple):
    symbol: int  # a byte or a star
    is_shareable: bool = True  # whether wildcards that reach it after a star share the next state
    is_shareable_beside_suffix: bool = True  # the same in a machine that has a suffix


def _tokens(text: str) -> list[_Token]:
    """Return the bytes of the text in its JSON quotes, with escapes resolved, and the stars."""
    characters = iter(text)
    literals = [None if one == "*" else next(characters) if one == "\\" else one for one in characters]
    tokens: list[_Token] = []
    for literal, following in itertools.pairwise(['"', *literals, '"', None]):
        if literal is None:
            tokens.append(_Token(_STAR))
            continue
        first, *others = _utf8(literal)
        tokens.append(_Token(first, is_shareable=not _has_case(literal)))
        if others:
            # In a machine with a suffix, whose bytes event-ruler reverses, it reads the bytes from here up to the next
            # character's first as a reversed character.
            backwards = bytes([*_utf8(following or "")[:1], *reversed(others)]).decode(errors="replace")
            tokens.append(_Token(others[0], is_shareable_beside_suffix=not _has_case(backwards[0])))
            tokens += map(_Token, others[1:])
    return tokens


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _has_case(character: str) -> bool:
    return character <= "\uffff" and character.lower() != character.upper()


class FieldMachine:
    """The machine that the alternatives of a field share across the branches of an $or.

    A non-deterministic automaton over bytes; states are numbers, 0 is the start. Alternatives in several branches are
    added for each.
    """

    def __init__(self) -> None:
        self._on_byte: list[dict[int, list[int]]] = [{}]
        self._on_any: list[set[int]] = [set()]  # where any byte leads: to the state of a star, which loops to itself
        self._alternatives: list[set[str]] = [set()]  # the alternatives that pass through each state
        self._is_after_star = [False]
        self._has_suffix = False
        self._next_fields: dict[int, int] = {}  # by the state at the end of a text
        self._ends: dict[tuple[str, int], int] = {}
        self._without_wildcards: dict[str, int] = {}
        self._numbers = itertools.count()

    def add(self, alternatives: Iterable[Alternative]) -> set[int]:
        """Add a field of one branch.

        Return the numbers of the next fields' machines; branches that reach the same one share it. A repeated
        alternative leads to its previous machine, any other to that of the preceding alternative.
        """
        reached: set[int] = set()
        following: int | None = None
        for alternative in alternatives:
            if alternative.wildcards:
                for text in sorted(set(alternative.wildcards)):
                    following = self._add(_tokens(text), alternative.identity, following)
            else:
                following = self._add_without_wildcards(alternative.identity, following)
                self._has_suffix |= alternative.identity.startswith(("suffix:", "anything-but suffix:"))
            if following is not None:
                reached.add(following)
        return reached

    def _add_without_wildcards(self, alternative: str, next_field: int | None) -> int:
        # Always reused here; event-ruler doesn't reuse some texts if a wildcard begins with a star.
        if alternative not in self._without_wildcards:
            self._without_wildcards[alternative] = next(self._numbers) if next_field is None else next_field
        return self._without_wildcards[alternative]

    def _add(self, tokens: list[_Token], alternative: str, next_field: int | None) -> int:
        state = 0
        origins: tuple[int, ...] = (state,)
        for token in tokens[:-1]:
            following = self._shared(state, token)
            if following is None:
                following = self._new_state(after_star=token.symbol == _STAR or self._is_after_star[state])
            self._alternatives[following].add(alternative)
            if token.symbol == _STAR:
                self._on_any[state].add(following)
                self._on_any[following].add(following)
                origins = (state, following)  # a star may match nothing: continue from before it too
            else:
                self._link(origins, token, following)
                origins = (following,)
            state = following
        for end in self._on_byte[state].get(_QUOTE, ()):
            if end in self._next_fields and alternative in self._alternatives[end]:
                return self._next_fields[end]
        if next_field is None:
            next_field = next(self._numbers)
        end = self._ends.get((alternative, next_field))
        if end is None:
            end = self._ends[alternative, next_field] = self._new_state(after_star=False)
            self._next_fields[end] = next_field
            self._alternatives[end].add(alternative)
        self._link(origins, tokens[-1], end)
        return next_field

    def _new_state(self, *, after_star: bool) -> int:
        self._on_byte.append({})
        self._on_any.append(set())
        self._alternatives.append(set())
        self._is_after_star.append(after_star)
        return len(self._alternatives) - 1

    def _shared(self, state: int, token: _Token) -> int | None:
        """Return the existing state that the token can reuse, if any."""
        stars = self._on_any[state] - {state}
        if token.symbol == _STAR:
            return min(stars, default=None)
        is_shareable = token.is_shareable and (token.is_shareable_beside_suffix or not self._has_suffix)
        for following in self._on_byte[state].get(token.symbol, ()):
            if following in self._next_fields:
                continue
            if not self._is_after_star[following] or (is_shareable and not stars):
                return following
        return None

    def _link(self, origins: Iterable[int], token: _Token, following: int) -> None:
        for origin in origins:
            targets = self._on_byte[origin].setdefault(token.symbol, [])
            if following not in targets:
                targets.append(following)

    def complexity(self) -> int:
        """Return the largest number of wildcard prefixes that match one input; stop above `MAX_COMPLEXITY`."""
        alphabet = {byte for transitions in self._on_byte for byte in transitions} | {_ANY_OTHER_BYTE}
        highest = 0
        waiting = [frozenset([0])]
        seen = set(waiting)
        while waiting:
            active = waiting.pop()
            for byte in alphabet:
                reached = frozenset(
                    following
                    for state in active
                    for following in (*self._on_any[state], *self._on_byte[state].get(byte, ()))
                )
                if reached in seen:
                    continue
                seen.add(reached)
                waiting.append(reached)
                highest = max(highest, self._prefixes_matched(reached))
                if highest > MAX_COMPLEXITY:
                    return highest
        return highest

    def _prefixes_matched(self, states: frozenset[int]) -> int:
        # Input that matches "a" also matches "a*", so the star after a state counts too.
        stars = (star for state in states for star in self._on_any[state] if star not in states)
        return sum(len(self._alternatives[state]) for state in (*states, *stars))
