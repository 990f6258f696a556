"""Instants: how AWS writes them, and how we do (ISO-8601, UTC, milliseconds)."""

import re
from datetime import UTC, datetime

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?|\d{8}T\d{6})"  # extended, or old CloudTrail records' basic notation
    r"(Z|\+00:?00)"  # CloudTrail writes Z, CloudWatch +0000
)


def parse(text: object) -> datetime | None:
    """The instant that `text` names, or None when it isn't a UTC instant of this or the next century.

    The bounds leave room for arithmetic: a hostile year 0001 minus a window must not overflow.
    """
    if not isinstance(text, str) or not _ISO.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if 2000 <= at.year < 2200 else None


def iso(at: datetime) -> str:
    """`at` as 2026-01-31T12:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
