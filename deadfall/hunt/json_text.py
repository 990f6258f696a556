"""Scan and repair the text of single JSON values, without recursion and without trusting them to be valid.

Python's parser gives up on deep nesting and on integers of more than 4,300 digits, and DuckDB's on text that is not
Unicode: control characters, lone surrogates, other bytes. A record can have any of these.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

# CloudTrail's records have about ten levels. Most readers of JSON give up somewhere between 250 and 1,000.
DEEPEST = 100
_CUT = json.dumps(f"(nested more than {DEEPEST} levels deep)")

# Python's limit for reading an integer (sys.set_int_max_str_digits).
_MOST_DIGITS = 4300

# A string that does not end extends to the end of the text. Possessive, so that scanning is linear.
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_TOKEN = re.compile(rf"{_QUOTED}|[\[\]{{}}]", re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}
STRING = re.compile(_QUOTED, re.DOTALL)
# DuckDB also reads these, in any case.
_LITERAL = re.compile(rf"({_QUOTED})|-?(?:nan|inf(?:inity)?)", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def parse_record(text: str) -> Mapping[str, Any]:
    """Parse a record that DuckDB accepted. Numbers that JSON writers can't write become text, as they were written.

    Values more than `DEEPEST` levels deep are replaced by a remark.
    """
    if text.count("{") + text.count("[") > DEEPEST:
        text = cut_depth(text)
    try:
        value = _parse(text)
    except ValueError:
        try:
            value = _parse(_LITERAL.sub(lambda found: found[1] or f'"{found[0]}"', text))
        except ValueError:
            return {"unparsed": text}  # a hit is shown in any case
    return value if isinstance(value, dict) else {}


def cut_depth(text: str) -> str:
    """Return valid JSON with the objects and lists below `DEEPEST` levels replaced by a remark."""
    kept: list[str] = []
    depth = start = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("{", "["):
            depth += 1
            if depth == DEEPEST + 1:
                kept += (text[start : token.start()], _CUT)
        elif token[0] in ("}", "]"):
            depth -= 1
            if depth == DEEPEST:
                start = token.end()
    return "".join((*kept, text[start:]))


def end_of_brackets(text: str, start: int, before: int) -> int | None:
    """Return where the object or list that begins at `start` ends, by its brackets; None if that is not `before`."""
    closing: list[str] = []
    for token in _TOKEN.finditer(text, start, before):
        if token[0] in _CLOSING:
            closing.append(_CLOSING[token[0]])
        elif token[0] in ("}", "]"):
            if closing.pop() != token[0]:
                return None
            if not closing:
                return token.end()
    return None


def repair(written: bytes) -> tuple[str, tuple[str, ...]]:
    """Return JSON as Unicode text, with U+FFFD for what is not Unicode, and what was repaired."""
    repaired: list[str] = []
    try:
        text = written.decode()
    except UnicodeDecodeError:
        text = written.decode(errors="replace")
        repaired.append("bytes that are not UTF-8")
    if _CONTROL.search(text) and (escaped := STRING.sub(_escape_controls, text)) != text:
        text = escaped
        repaired.append("control characters in text")
    if "\\u" in text and (paired := _ESCAPE.sub(_pair, text)) != text:
        text = paired
        repaired.append("a lone surrogate")
    return text, tuple(repaired)


def replace_surrogates(text: str) -> str:
    return _SURROGATE.sub(_REPLACEMENT, text)


def _escape_controls(string: re.Match[str]) -> str:
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", string[0])


def _pair(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape[1] else escape[0]


def _parse(text: str) -> Any:
    return json.loads(text, parse_int=_integer, parse_float=_real, parse_constant=str, strict=False)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _real(digits: str) -> float | str:
    number = float(digits)
    return number if abs(number) != float("inf") else digits
