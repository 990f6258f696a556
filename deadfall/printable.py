"""Escape untrusted text for display in a terminal."""


def printable(value: object, limit: int = 120) -> str:
    """Return `value` in printable ASCII, truncated to `limit` characters. Other characters, including newlines and ANSI
    escapes, become escape sequences, so that they can't recolour, move or hide text on the screen."""
    text = "".join(
        char if " " <= char <= "~" else char.encode("unicode_escape").decode("ascii")
        for char in str(value)[: limit + 1]
    )
    return text if len(text) <= limit else text[: limit - 3] + "..."
