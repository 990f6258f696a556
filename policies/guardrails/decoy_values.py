"""The parts of a decoy secret that must not appear in any other resource."""

import json
import re
from collections.abc import Iterator

from pulumi_policy import PolicyResource

from .leaves import leaves

SECRET_LIKE = re.compile(r"passw|pwd|secret|token|key|credential|private", re.I)
LEAST_CHARACTERS = 8  # shorter ones would be found by chance


def values(version: PolicyResource) -> Iterator[str]:
    """The secret parts of a SecretVersion: of JSON what a key calls so (password, token...), otherwise all of it.

    Raises:
        UnknownValueError: the value is not known yet.
    """
    for key in ("secretString", "secretBinary"):
        if text := version.props.get(key):
            yield from secret_parts(str(text))


def secret_parts(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    parts = [part for path, part in leaves(value) if SECRET_LIKE.search(path)] if isinstance(value, dict) else [text]
    yield from (part for part in parts if len(part) >= LEAST_CHARACTERS)
