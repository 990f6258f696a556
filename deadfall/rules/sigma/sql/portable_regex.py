r"""Translate regular expressions for Python (the reference), RE2 (DuckDB) and Java and RE2J (Trino).

The result uses only syntax that all engines interpret identically; anything else is rejected. Translations: `.` to
`[^\n]` (Java's `.` stops at more line ends), `^` to `\A`, `$` to `\n?\z` (Python's `$` also matches before a final
newline), `\d`, `\w` and `\s` to the ASCII characters of the reference, and case-insensitive letters to classes (RE2's
`(?i)` folds more than ASCII).
"""

from collections.abc import Iterable

from ..back_end import NotExpressibleError

# RE2 rejects more repetitions, nested ones included.
_MOST_REPEATED = 1000

_SPECIAL = "\\^$.|?*+()[]{}-&~#"
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_HEXADECIMAL = {"x": 2, "u": 4}
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r"\x09-\x0D "}


def portable(field: str, pattern: str, *, ignore_case: bool = False) -> str:
    """Return the pattern for DuckDB's `regexp_matches` and Trino's `regexp_like`, which search anywhere in a text.

    Raises:
        NotExpressibleError: the engines interpret the pattern differently or don't support it.
    """
    if pattern.startswith("(?i)"):
        pattern, ignore_case = pattern.removeprefix("(?i)"), True
    return _Reader(field, pattern, ignore_case).whole()


class _Reader:
    def __init__(self, field: str, pattern: str, ignore_case: bool) -> None:
        self._field = field
        self._pattern = pattern
        self._ignore_case = ignore_case
        self._at = 0

    def whole(self) -> str:
        written, _ = self._alternatives(outermost=True)
        if self._at < len(self._pattern):
            raise self._refusal("has an unmatched )", "remove it, or use \\)")
        return written

    def _refusal(self, problem: str, remedy: str) -> NotExpressibleError:
        return NotExpressibleError(f"the regular expression of {self._field}, {self._pattern!r}, {problem}; {remedy}")

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._next()
        if not character:
            raise self._refusal("is incomplete", "complete it")
        self._at += 1
        return character

    def _alternatives(self, *, outermost: bool) -> tuple[str, int]:
        """Translate alternatives up to the end or a closing bracket, and return their maximum repetitions."""
        sequences = [self._sequence(outermost)]
        while self._next() == "|":
            self._at += 1
            sequences.append(self._sequence(outermost))
        return "|".join(written for written, _ in sequences), max(repeats for _, repeats in sequences)

    def _sequence(self, outermost: bool) -> tuple[str, int]:
        pieces, most = [], 1
        while self._next() not in ("", "|", ")"):
            if self._next() in "^$":
                pieces.append(self._anchor(outermost))
                continue
            atom, repeats = self._atom()
            quantifier, times = self._quantifier()
            repeats *= times
            if repeats > _MOST_REPEATED:
                raise self._refusal(f"repeats something more than {_MOST_REPEATED} times", "use * or +")
            most = max(most, repeats)
            pieces.append(atom + quantifier)
        return "".join(pieces), most

    def _anchor(self, outermost: bool) -> str:
        anchor = self._take()
        if self._next() and self._next() in "*+?{":
            raise self._refusal(f"repeats {anchor}", "remove the repetition")
        if anchor == "^":
            return r"\A"
        if not outermost or self._next() not in ("", "|"):
            raise self._refusal("has $ before its end", "use $ only at the end, outside brackets")
        return r"\n?\z"

    def _atom(self) -> tuple[str, int]:
        match self._take():
            case "(":
                return self._group()
            case "[":
                return self._class(), 1
            case ".":
                return r"[^\n]", 1
            case "\\":
                return self._shorthand() or self._literal(self._escaped()), 1
            case "*" | "+" | "?" | "{" | "}" as character:
                raise self._refusal(f"has a {character} that repeats nothing", f"use \\{character}")
            case "]":
                raise self._refusal("has an unmatched ]", "use \\]")
            case character:
                return self._literal(character), 1

    def _group(self) -> tuple[str, int]:
        if self._next() == "?":
            self._at += 1
            if self._next() != ":":
                raise self._refusal("has a lookaround, flag or named group", "use only ( ) and (?: )")
            self._at += 1
        written, repeats = self._alternatives(outermost=False)
        if not self._next():
            raise self._refusal("has an unmatched (", "close it, or use \\(")
        self._at += 1
        return f"(?:{written})", repeats

    def _quantifier(self) -> tuple[str, int]:
        """Translate a quantifier, and return its maximum repetitions, or 1 if unbounded."""
        character = self._next()
        if not character or character not in "*+?{":
            return "", 1
        self._at += 1
        written, times = (character, 1) if character != "{" else self._counted()
        if self._next() == "?":  # lazy: matches the same texts
            self._at += 1
        if self._next() and self._next() in "*+?{":
            raise self._refusal("repeats a repetition", "enclose the inner one in brackets")
        return written, times

    def _counted(self) -> tuple[str, int]:
        inner, closed, _ = self._pattern[self._at :].partition("}")
        low, comma, high = inner.partition(",")
        if not closed or not all(each.isascii() and each.isdigit() for each in (low, high or low)):
            raise self._refusal("has a { that isn't a repetition", "use {2}, {2,} or {2,3}, or \\{")
        if high and int(high) < int(low):
            raise self._refusal("has a repetition whose bounds are reversed", "put the smaller number first")
        self._at += len(inner) + 1
        return f"{{{int(low)}{comma}{int(high) if high else ''}}}", max(int(low), int(high or 0), 1)

    def _shorthand(self) -> str:
        """Translate a class such as \\d after its backslash; return an empty text if there is none."""
        if self._next().lower() not in _CLASSES:
            return ""
        character = self._take()
        return f"[{'^' if character.isupper() else ''}{_CLASSES[character.lower()]}]"

    def _escaped(self) -> str:
        character = self._take()
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character in _HEXADECIMAL:
            digits = self._pattern[self._at : self._at + _HEXADECIMAL[character]]
            self._at += len(digits)
            if len(digits) < _HEXADECIMAL[character] or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
                raise self._refusal(f"has a \\{character} without enough digits", "complete it")
            return chr(int(digits, 16))
        if character in "bB":
            raise self._refusal(
                f"has \\{character}, which only some engines limit to ASCII", "use the adjacent characters instead"
            )
        if character.isalnum():
            raise self._refusal(f"has \\{character}, which engines interpret differently", "remove the backslash")
        return character

    def _class(self) -> str:
        negated = self._next() == "^"
        self._at += negated
        members: list[str] = []
        while self._next() != "]" or not members:
            members.append(self._members())
        self._at += 1
        return f"[^{''.join(members)}]" if negated else _one_of(members)

    def _members(self) -> str:
        """Translate one character of a class, or a range."""
        if self._next() == "\\" and self._pattern[self._at + 1 : self._at + 2] in _CLASSES:
            self._at += 2
            return _CLASSES[self._pattern[self._at - 1]]
        first = self._member()
        if self._next() != "-" or self._pattern[self._at + 1 : self._at + 2] == "]":
            return "".join(map(_written, self._same(first)))
        self._at += 1
        last = self._member()
        if last < first:
            raise self._refusal(f"has a reversed range from {first!r} to {last!r}", "swap its ends")
        written = f"{_written(first)}-{_written(last)}"
        if not self._ignore_case:
            return written
        everything = {same for code in range(ord(first), min(ord(last), 127) + 1) for same in self._same(chr(code))}
        return written + "".join(_written(each) for each in sorted(everything) if not first <= each <= last)

    def _member(self) -> str:
        character = self._take()
        if character == "[":
            raise self._refusal("has a [ in a class, which Java interprets as a nested class", "use \\[")
        if character == "&" and self._next() == "&":
            raise self._refusal("has && in a class, which Java interprets as an intersection", "use a single &")
        return self._escaped() if character == "\\" else character

    def _literal(self, character: str) -> str:
        same = self._same(character)
        return _written(character) if len(same) == 1 else _one_of(map(_written, same))

    def _same(self, character: str) -> list[str]:
        """Return the character in each case that counts as equal."""
        if not (self._ignore_case and character.isascii() and character.isalpha()):
            return [character]
        return [character.lower(), character.upper()]


def _one_of(members: Iterable[str]) -> str:
    """Return a class of the members.

    In an alternative, RE2 folds a class of a letter's two cases beyond ASCII, unless the class is repeated.
    """
    written = f"[{''.join(members)}]"
    return f"(?:{written}{{1}})" if {*written[1:-1].lower()} in ({"s"}, {"k"}) else written


def _written(character: str) -> str:
    if character in _SPECIAL:
        return f"\\{character}"
    return f"\\x{ord(character):02X}" if ord(character) < ord(" ") else character
