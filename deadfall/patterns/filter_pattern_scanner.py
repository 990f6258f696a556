"""A scanner for CloudWatch Logs filter patterns that reports the position of errors."""

import string
from collections.abc import Callable


class InvalidFilterPattern(ValueError):  # noqa: N818 - AWS's word; it is an error by its base
    """A filter pattern that CloudWatch Logs rejects; the message states where and why."""

    def __init__(self, text: str, position: int, reason: str) -> None:
        rest = text[position : position + 20]
        place = f"character {position + 1}, before {rest!r}" if rest else "its end"
        super().__init__(f"Filter pattern is not valid at {place}: {reason}")


class Scanner:
    """The text of a filter pattern, and the current position."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.regexes = 0  # number read so far

    def skip_space(self) -> None:
        self.take_while(string.whitespace.__contains__)

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def sees(self, literal: str) -> bool:
        return self.text.startswith(literal, self.position)

    def take(self, literal: str) -> bool:
        """Read the literal if it comes next."""
        if not self.sees(literal):
            return False
        self.position += len(literal)
        return True

    def take_while(self, allowed: Callable[[str], bool]) -> str:
        start = self.position
        while not self.at_end and allowed(self.text[self.position]):
            self.position += 1
        return self.text[start : self.position]

    def take_until(self, end: str, missing: str) -> str:
        """Read through `end` and return the text before it; `missing` is the error message without an `end`."""
        found = self.text.find(end, self.position)
        if found < 0:
            raise self.refusal(missing)
        taken = self.text[self.position : found]
        self.position = found + len(end)
        return taken

    def take_quoted(self) -> str:
        """Read a text in double quotes, in which a backslash escapes a quote or a backslash."""
        start = self.position
        self.position += 1
        characters: list[str] = []
        while not self.at_end:
            character = self.text[self.position]
            self.position += 1
            if character == '"':
                return "".join(characters)
            if character == "\\":
                if self.at_end or self.text[self.position] not in '"\\':
                    raise self.refusal("a backslash in double quotes must precede a quote or another backslash")
                character = self.text[self.position]
                self.position += 1
            characters.append(character)
        raise self.refusal("the double quote is never closed", start)

    def refusal(self, reason: str, position: int | None = None) -> InvalidFilterPattern:
        return InvalidFilterPattern(self.text, self.position if position is None else position, reason)
