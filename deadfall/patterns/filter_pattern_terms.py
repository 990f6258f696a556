"""Filter patterns of plain terms: `ERROR "access denied" -expected`, `?ERROR ?WARN`, or a single regex, `%4[0-9]{2}%`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#matching-terms-unstructured-log-events
"""

import re
import string
from dataclasses import dataclass

from .filter_pattern_regex import take_regex
from .filter_pattern_scanner import Scanner

_WORD = frozenset(string.ascii_letters + string.digits + "_")


@dataclass(frozen=True, slots=True)
class Terms:
    """All `included` and no `excluded` terms must occur; without those, one of `optional` must."""

    included: tuple[str, ...]
    excluded: tuple[str, ...]
    optional: tuple[str, ...]

    def matches(self, message: str) -> bool:
        if self.optional and not self.included and not self.excluded:
            return any(term in message for term in self.optional)
        return all(term in message for term in self.included) and not any(term in message for term in self.excluded)


@dataclass(frozen=True, slots=True)
class RegexAlone:
    pattern: re.Pattern[str]

    def matches(self, message: str) -> bool:
        return self.pattern.search(message) is not None


def parse_terms(text: str) -> Terms | RegexAlone:
    """Parse a pattern of terms or a single regex; an empty one matches everything. Raises InvalidFilterPattern."""
    scanner = Scanner(text)
    scanner.skip_space()
    if scanner.sees("%"):
        pattern = take_regex(scanner)
        scanner.skip_space()
        if not scanner.at_end:
            raise scanner.refusal("a regex must be the whole pattern")
        return RegexAlone(pattern)
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    while not scanner.at_end:
        mark = next((mark for mark in "-?" if scanner.take(mark)), "")
        term = _take_term(scanner)
        if term.strip():  # the guide's " " matches everything
            terms[mark].append(term)
        if not scanner.at_end and scanner.text[scanner.position] not in string.whitespace:
            raise scanner.refusal("a term with characters other than letters, digits and _ must be in double quotes")
        scanner.skip_space()
    return Terms(tuple(terms[""]), tuple(terms["-"]), tuple(terms["?"]))


def _take_term(scanner: Scanner) -> str:
    start = scanner.position
    term = scanner.take_quoted() if scanner.sees('"') else scanner.take_while(_WORD.__contains__)
    if not term:
        raise scanner.refusal("expected a term of letters, digits and _, or one in double quotes", start)
    return term
