"""The error that ends a hunt."""


class HuntError(Exception):
    """The hunt can't run; the message is one sentence with the reason and the remedy."""
