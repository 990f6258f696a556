"""Text that came with a request, made fit for a terminal: whoever calls the lab chose it."""


def printable(value: object, limit: int = 120) -> str:
    """`value` in printable ASCII, cut to `limit` characters. Everything else, ANSI escapes and newlines among it, is
    shown as an escape sequence, so that nothing colours, moves or hides what is on the screen."""
    text = "".join(
        char if " " <= char <= "~" else char.encode("unicode_escape").decode("ascii")
        for char in str(value)[: limit + 1]
    )
    return text if len(text) <= limit else text[: limit - 3] + "..."
