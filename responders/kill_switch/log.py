"""Structured log lines: one JSON object a line on standard output, which Lambda writes to the function's log
group."""

import json

from . import hostile

LONGEST_VALUE = 1000


def line(level: str, message: str, **facts: object) -> None:
    """Write one line. Values are bounded and escaped; callers pass names, codes and counts, never a whole event."""
    shown = {key: _fit(value) for key, value in facts.items()}
    print(json.dumps({"level": level, "message": message, **shown}, default=str), flush=True)


def _fit(value: object) -> object:
    return hostile.printable(hostile.bounded(value, LONGEST_VALUE) or "") if isinstance(value, str) else value
