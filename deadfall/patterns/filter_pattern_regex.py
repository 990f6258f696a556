"""Parse regular expressions in CloudWatch Logs filter patterns, %between percent signs%.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html#regex-expressions
"""

import re
import string

from .aws_limits import MAX_REGEXES
from .filter_pattern_scanner import Scanner

_OPERATORS = r"^$?[]{}|\*+."
# The space isn't in AWS's list, but in its examples (%^starting|^initializing|^shutting down%).
_PLAIN = frozenset(string.ascii_letters + string.digits + ":_#=@/;,- ")
_ESCAPED = frozenset(_OPERATORS + ":_#=@/;,-" + "dDsSwW")
_HEX_DIGITS = frozenset(string.hexdigits)


def take_regex(scanner: Scanner) -> re.Pattern[str]:
    """Read a regex that begins at the scanner's percent sign. Raises InvalidFilterPattern."""
    start = scanner.position
    scanner.regexes += 1
    if scanner.regexes > MAX_REGEXES:
        raise scanner.refusal(f"a pattern may contain at most {MAX_REGEXES} regexes")
    scanner.position += 1
    body = scanner.take_until("%", "the regex is never closed with %")
    if not body:
        raise scanner.refusal("the regex is empty", start)
    offset = start + 1
    translated: list[str] = []
    position = 0
    in_class = False
    while position < len(body):
        character = body[position]
        length = 1
        if character == "\\":
            length = _escape_length(body, position)
            if not length:
                raise scanner.refusal("unsupported regex escape; \\xhh matches any ASCII character", offset + position)
        elif character not in _PLAIN and character not in _OPERATORS:
            raise scanner.refusal(f"a regex must not contain {character!r}", offset + position)
        part = body[position : position + length]
        if in_class and part in "[|":
            part = "\\" + part  # literal in a class; escaped because Python reserves it (FutureWarning)
        elif part == "[":
            in_class = True
        elif part == "]":
            in_class = False
        translated.append(part)
        position += length
    try:
        return re.compile("".join(translated), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise scanner.refusal(f"the regex is not valid: {error}", start) from None


def _escape_length(body: str, position: int) -> int:
    """Return the length of the escape at the backslash; 0 if it isn't supported."""
    following = body[position + 1 : position + 2]
    if following == "x":
        return 4 if len(body) >= position + 4 and _HEX_DIGITS.issuperset(body[position + 2 : position + 4]) else 0
    return 2 if following and following in _ESCAPED else 0
