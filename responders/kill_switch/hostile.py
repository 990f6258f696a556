"""Text that an attacker chose (user agent, names, error messages), made fit to be logged, stored and mailed."""

import re

_URL_SCHEME = re.compile(r"(?i)http(?=s?:)")
_DOT_OF_HOST_NAME = re.compile(r"(?<=[A-Za-z0-9-])\.(?=[A-Za-z])")
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/=]{40,}")
_NOT_ESCAPED = frozenset(chr(code) for code in range(0x20, 0x7F))


def bounded(text: object, limit: int) -> str | None:
    """`text` if it is a string, cut to `limit` characters with a note of how many were cut; None for anything
    else."""
    if not isinstance(text, str):
        return None
    return text if len(text) <= limit else f"{text[:limit]}...(+{len(text) - limit} characters)"


def printable(text: str) -> str:
    """`text` in printable ASCII: control characters, newlines, ANSI escapes, bidirectional and zero-width characters,
    and every other character beyond ASCII are shown as escapes, so that nothing hides, moves or colours what a reader
    sees."""
    return "".join(char if char in _NOT_ESCAPED else char.encode("unicode_escape").decode("ascii") for char in text)


def shown(text: str | None, limit: int = 300) -> str:
    """`text` as a mail may show it: printable, bounded, and defanged so that no mail program makes a link of it."""
    if not text:
        return "-"
    text = _LONG_TOKEN.sub(_without_credentials, printable(bounded(text, limit) or ""))
    return _DOT_OF_HOST_NAME.sub("[.]", _URL_SCHEME.sub("hxxp", text)).replace("://", "[:]//")


def _without_credentials(match: re.Match[str]) -> str:
    """Secret keys, session tokens and encoded messages mix digits with both cases; a long path or name rarely
    does."""
    token = match.group()
    mixed = any(c.isdigit() for c in token) and any(c.isupper() for c in token) and any(c.islower() for c in token)
    return "(long token removed)" if mixed else token
