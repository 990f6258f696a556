"""Convert Sigma's texts and regular expressions to regular expressions of CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html: no groups, no multi-byte characters,
few symbols; other characters are written \\xhh. Use only for fields that contain one line of printable ASCII, where
Python's `.`, `$`, `\\d` and `\\w`, which match more characters, are equivalent.
"""

import re
import string
from itertools import pairwise

from deadfall.patterns.condition import ANY, Regex, Text

_PLAIN = frozenset(string.ascii_letters + string.digits + ":_#=@/;,- ")
_OPERATORS = frozenset("^$?[]{}|\\*+.")
_PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation + " ")

_IN_CLASS = r"\\[dDsSwW]|\\x[0-7][0-9A-Fa-f]|\\[^A-Za-z0-9]|[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[^\[\]\\^-]"
_TOKEN = re.compile(
    r"(?P<shorthand>\\[dDsSwW])"
    r"|(?P<hex>\\x[0-7][0-9A-Fa-f])"
    r"|(?P<escaped>\\[^A-Za-z0-9])"
    rf"|\[(?P<negated>\^?)(?P<class>(?:{_IN_CLASS})+-?)\]"
    r"|(?P<operator>[.|^$])"
    r"|(?P<literal>[^\\\[\]{}().|^$?*+])"
)
_REPEAT = re.compile(r"[?*+]|\{[0-9]+(?:,[0-9]*)?\}")
_REPEATABLE = ("shorthand", "hex", "escaped", "class", "literal")


class UnknownToRegexError(ValueError):
    """A construct that CloudWatch Logs' regular expressions don't support; the message is a noun phrase."""


def of_text(text: Text) -> str:
    """Return the regex, between percent signs, that matches the same whole values as the text pattern.

    Raises:
        UnknownToRegexError: the text has characters beyond printable ASCII.
    """
    parts = list(text.parts)
    open_start = bool(parts) and parts[0].wildcard == ANY
    open_end = bool(parts) and parts[-1].wildcard == ANY
    inner = parts[open_start : len(parts) - open_end]
    body = "".join(
        (".*" if part.wildcard == ANY else ".")
        if part.wildcard
        else "".join(_character(each, ignore_case=not text.cased) for each in part.text)
        for part in inner
    )
    return f"%{'' if open_start else '^'}{body}{'' if open_end else '$'}%"


def of_regex(regex: Regex) -> str:
    """Return the regex, between percent signs, that matches the same lines as Sigma's `|re`.

    Raises:
        UnknownToRegexError: groups, lazy repeats, references, lookaround, or characters beyond printable ASCII.
    """
    found: list[str] = []
    position = 0
    while position < len(regex.pattern):
        token = _TOKEN.match(regex.pattern, position)
        if token is None:
            raise UnknownToRegexError(f"{regex.pattern[position : position + 10]!r} in a regular expression")
        found.append(_token(token, regex.ignore_case))
        position = token.end()
        if repeat := _REPEAT.match(regex.pattern, position):
            if token.lastgroup not in _REPEATABLE and token[0] != ".":
                raise UnknownToRegexError(f"{token[0] + repeat[0]!r} in a regular expression")
            found.append(repeat[0])
            position = repeat.end()
    if any(before == after == "|" for before, after in pairwise(("|", *found, "|"))):
        raise UnknownToRegexError("an empty alternative in a regular expression")
    return f"%{''.join(found)}%"


def _token(token: re.Match[str], ignore_case: bool) -> str:
    match token.lastgroup:
        case "literal" | "escaped":
            return _character(token[0][-1], ignore_case)
        case "hex":
            return _character(chr(int(token[0][2:], 16)), ignore_case)
        case "class":
            items = re.findall(_IN_CLASS, token["class"])
            last = r"\-" if token["class"].endswith("-") else ""
            return f"[{token['negated']}{''.join(_in_class(item, ignore_case) for item in items)}{last}]"
    return token[0]


def _in_class(item: str, ignore_case: bool) -> str:
    if len(item) == 2 and item[1] in "dDsSwW":
        return item
    if len(item) == 3:  # a range
        return item + item.swapcase() if ignore_case and item[0].isalpha() else item
    character = chr(int(item[2:], 16)) if item.startswith("\\x") else item[-1]
    both = character + character.swapcase() if ignore_case and character.isalpha() else character
    return "".join("\\-" if each == "-" else _character(each, ignore_case=False) for each in both)


def _character(character: str, ignore_case: bool) -> str:
    if character not in _PRINTABLE:
        raise UnknownToRegexError(f"the character {character!r}, which is not printable ASCII,")
    if ignore_case and character.isalpha():
        return f"[{character.upper()}{character.lower()}]"
    if character in _PLAIN:
        return character
    return f"\\{character}" if character in _OPERATORS else f"\\x{ord(character):02x}"
