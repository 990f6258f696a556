"""One JSON object with one hit per line, readable as a whole or line by line."""

import json
from collections.abc import Iterable
from typing import Any, TextIO

from ..hit import Hit
from ..principals import Principals


def write(hits: Iterable[Hit], out: TextIO, principals: Principals | None) -> None:
    """Write `{"hits": […]}`, and with the kill switch's verdicts also `"principals": […]`."""
    out.write('{"hits": [')
    for number, hit in enumerate(hits):
        out.write(",\n" if number else "\n")
        out.write(_line({**hit.facts(), "record": hit.record}))
    out.write("\n]")
    if principals is not None:
        out.write(', "principals": [')
        out.write(",".join("\n" + _line(each.facts()) for each in principals.all()))
        out.write("\n]")
    out.write("}\n")


def _line(value: Any) -> str:
    return json.dumps(value).replace("\x7f", "\\u007f")  # json.dumps escapes every other non-printable character
