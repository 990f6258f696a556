"""Intersect text patterns: the texts that match both `a*` and `*b` match `a*b`, for example."""

import functools
from collections.abc import Iterable

from deadfall.patterns.condition import ANY, Part, Text, folded

# The tokens of a pattern: one per character, None for a star.
_Tokens = tuple[str | None, ...]


class TooManyError(Exception):
    """The common texts can't be expressed in a few patterns."""


_MAX_PATTERNS = 24  # four texts that must all be contained have this many orders

EVERY_TEXT = Text((Part(wildcard=ANY),), cased=True)


def has_letters(text: Text) -> bool:
    """Return whether case makes a difference in comparisons with this text."""
    return any(part.text.lower() != part.text.upper() for part in text.parts)


def intersection(one: Text, other: Text) -> tuple[Text, ...]:
    """Return patterns, one of which matches if and only if both arguments do. Patterns with `?` aren't supported.

    Raises:
        TooManyError: there are too many, or no exact ones (for a cased pattern with stars and a case-insensitive one).
    """
    ignoring_case = _ignores_case(one) or _ignores_case(other)
    if ignoring_case and (mixed := _cased_and_not(one, other)):
        cased, uncased = mixed
        if cased.plain is not None:
            return (cased,) if uncased.holds(cased.plain) else ()
        if _common(_tokens(cased, lower=True), _tokens(uncased, lower=True)):
            raise TooManyError
        return ()
    common = _common(_tokens(one, lower=ignoring_case), _tokens(other, lower=ignoring_case))
    texts = [_text(tokens, cased=not ignoring_case) for tokens in sorted(common, key=_sort_key)]
    return widest(texts)


def widest(texts: Iterable[Text]) -> tuple[Text, ...]:
    """Return the texts that no other one covers, in their order.

    A text without stars is only compared with those that it may equal: a rule may list thousands.
    """
    alike: dict[str | None, list[Text]] = {}
    distinct = dict.fromkeys(texts)
    for text in distinct:
        alike.setdefault(None if text.plain is None else folded(text.plain), []).append(text)
    wide = _widest(alike.pop(None, ()))
    equal = (text for texts in alike.values() for text in _widest(texts))
    kept = {*wide, *(text for text in equal if not any(covers(wider, text) for wider in wide))}
    return tuple(text for text in distinct if text in kept)


def _widest(texts: Iterable[Text]) -> tuple[Text, ...]:
    kept: list[Text] = []
    for text in texts:
        if not any(covers(wider, text) for wider in kept):
            kept = [*(narrower for narrower in kept if not covers(text, narrower)), text]
    return tuple(kept)


def covers(wider: Text, text: Text) -> bool:
    """Return whether the wider pattern certainly matches wherever the other does."""
    if wider.cased and not text.cased and has_letters(text):
        return False
    # A pattern that accepts a character that neither contains in place of a star accepts any text there.
    return wider.holds("".join("\0" if part.wildcard else part.text for part in text.parts))


def _ignores_case(text: Text) -> bool:
    return not text.cased and has_letters(text)


def _cased_and_not(one: Text, other: Text) -> tuple[Text, Text] | None:
    """Return the cased pattern and the case-insensitive one, if case makes a difference to both."""
    if _ignores_case(one) == _ignores_case(other) or not (has_letters(one) and has_letters(other)):
        return None
    return (other, one) if _ignores_case(one) else (one, other)


def _tokens(text: Text, *, lower: bool) -> _Tokens:
    tokens: list[str | None] = []
    for part in text.parts:
        tokens.extend([None] if part.wildcard else (part.text.lower() if lower else part.text))
    return tuple(tokens)


def _text(tokens: _Tokens, *, cased: bool) -> Text:
    parts: list[Part] = []
    for token in tokens:
        if token is None:
            parts.append(Part(wildcard=ANY))
        elif parts and not parts[-1].wildcard:
            parts[-1] = Part(parts[-1].text + token)
        else:
            parts.append(Part(token))
    text = Text(tuple(parts), cased)
    return text if cased or has_letters(text) else Text(text.parts, cased=True)


def _sort_key(tokens: _Tokens) -> tuple[int, str]:
    return len(tokens), "".join(token or "*" for token in tokens)


def _common(one: _Tokens, other: _Tokens) -> frozenset[_Tokens]:
    @functools.cache
    def common(i: int, j: int) -> frozenset[_Tokens]:
        if i == len(one) or j == len(other):
            remaining = (*one[i:], *other[j:])
            return frozenset() if any(token is not None for token in remaining) else frozenset([()])
        first, second = one[i], other[j]
        if first is None and second is None:
            found = {(None, *rest) for rest in common(i + 1, j) | common(i, j + 1)}
        elif first is None:
            found = common(i + 1, j) | {(second, *rest) for rest in common(i, j + 1)}
        elif second is None:
            found = common(i, j + 1) | {(first, *rest) for rest in common(i + 1, j)}
        else:
            found = {(first, *rest) for rest in common(i + 1, j + 1)} if first == second else set()
        if len(found) > _MAX_PATTERNS:
            raise TooManyError
        return frozenset(found)

    try:
        return common(0, 0)
    except RecursionError:
        raise TooManyError from None
