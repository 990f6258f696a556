"""What ends a hunt."""


class HuntError(Exception):
    """The hunt can't be done; the text is one sentence that says why and what to change."""
