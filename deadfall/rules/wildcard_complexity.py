"""How complex EventBridge finds the wildcards of an event pattern.

PutRule refuses a pattern whose wildcards could make the matcher follow too many of them at once ("Rule is too complex -
try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"). AWS does not
publish the limit. The measure here is that of AWS's open source event-ruler (`MachineComplexityEvaluator`): the
largest number of wildcard prefixes that one input can match at a time, in the machine that a field's wildcards share.
For lists within anything-but event-ruler sometimes counts one less.
"""

from collections.abc import Collection, Iterable

# AWS accepted a rule of 7 and refused one of 11 (LocalStack's AWS-validated tests); event-ruler's README suggests 10.
MAX_COMPLEXITY = 10

_QUOTE = ord('"')
_STAR = 256  # no byte
_ANY_OTHER_BYTE = 257  # stands for every byte that no wildcard spells out


def wildcard_complexity(wildcards: Iterable[Collection[str]]) -> int:
    """The complexity of the wildcards that apply to one field; above `MAX_COMPLEXITY` the count is cut short.

    `wildcards` holds one collection for each alternative: one text for `{"wildcard": ...}`, one or more for
    `{"anything-but": {"wildcard": ...}}`. The texts are valid (see `event_pattern_operators`). What stands there twice,
    because each branch of an $or adds it, makes the machine larger twice.
    """
    machine = _Machine()
    alternatives: dict[tuple[str, ...], int] = {}
    for texts in wildcards:
        distinct = tuple(sorted(set(texts)))
        alternative = alternatives.setdefault(distinct, len(alternatives))
        for text in distinct:
            machine.add(_tokens(text), alternative)
    return machine.complexity()


def _tokens(text: str) -> list[int]:
    """The bytes of the text between its JSON quotes, escapes resolved, stars marked."""
    tokens = [_QUOTE]
    characters = iter(text)
    for character in characters:
        if character == "*":
            tokens.append(_STAR)
        else:
            literal = next(characters) if character == "\\" else character
            tokens.extend(literal.encode("utf-8", "surrogatepass"))
    return [*tokens, _QUOTE]


class _Machine:
    """A non-deterministic automaton over bytes; states are numbers, 0 is the start."""

    def __init__(self) -> None:
        self._on_byte: list[dict[int, list[int]]] = [{}]
        self._on_any: list[set[int]] = [set()]  # where any byte leads: to the state of a star, which loops to itself
        self._alternatives: list[set[int]] = [set()]  # the alternatives that pass through each state
        self._shared: dict[tuple[object, int], int] = {}

    def _new_state(self) -> int:
        self._on_byte.append({})
        self._on_any.append(set())
        self._alternatives.append(set())
        return len(self._alternatives) - 1

    def _shared_state(self, key: tuple[object, int]) -> int:
        if key not in self._shared:
            self._shared[key] = self._new_state()
        return self._shared[key]

    def add(self, tokens: list[int], alternative: int) -> None:
        state, star_seen = 0, False
        origins: tuple[int, ...] = (state,)
        for position, token in enumerate(tokens):
            if token == _STAR:
                following = self._new_state() if star_seen else self._shared_state((state, token))
                self._on_any[state].add(following)
                self._on_any[following].add(following)
                origins, star_seen = (state, following), True  # a star may match nothing: go on from before it too
            else:
                if position == len(tokens) - 1:
                    following = self._shared_state(("end", alternative))
                elif star_seen:
                    following = self._new_state()
                else:
                    following = self._shared_state((state, token))
                for origin in origins:
                    targets = self._on_byte[origin].setdefault(token, [])
                    if following not in targets:
                        targets.append(following)
                origins = (following,)
            self._alternatives[following].add(alternative)
            state = following

    def complexity(self) -> int:
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
        # What matches "a" also matches "a*": the star that follows a state counts too.
        stars = (star for state in states for star in self._on_any[state] if star not in states)
        return sum(len(self._alternatives[state]) for state in (*states, *stars))
