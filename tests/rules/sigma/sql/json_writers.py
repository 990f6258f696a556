"""The ways in which the same JSON may be written."""

import json
import re
from collections.abc import Callable
from typing import Any


def escaped(record: Any) -> str:
    """JSON with all the escapes that it allows."""

    def of_text(text: re.Match[str]) -> str:
        return re.sub(r"\\u....|\\.|/|[A-Za-z]", lambda found: _escape(found[0]), text[0])

    return re.sub(r'"(?:[^"\\]|\\.)*"', of_text, json.dumps(record))


def _escape(character: str) -> str:
    if character.startswith("\\"):
        return character
    return r"\/" if character == "/" else f"\\u{ord(character):04x}"


WRITERS: list[Callable[[Any], str]] = [
    json.dumps,
    lambda record: json.dumps(record, ensure_ascii=False, separators=(" ,\n", " : ")),
    lambda record: json.dumps(record, ensure_ascii=False, separators=(",", ":")),
    lambda record: json.dumps(record).replace("/", r"\/"),
    escaped,
]
