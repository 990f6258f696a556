"""CSV with one row per hit. Spreadsheets recognise a formula by its first character, so such a cell is prefixed with an
apostrophe (OWASP, "CSV Injection")."""

import csv
import json
from collections.abc import Iterable
from typing import Any, TextIO

from deadfall.printable import printable

from ..hit import Hit

COLUMNS = ("rule", "title", "level", "time", "account", "region", "event_source", "event_name", "error_code", "caller")
COLUMNS += ("source_ip", "user_agent", "event_id", "count", "group")
VERDICT = ("outcome", "reason", "actions")

_FORMULA = ("=", "+", "-", "@")
# The most characters a spreadsheet cell can hold.
_LONGEST = 32_000


def write(hits: Iterable[Hit], out: TextIO, *, verdicts: bool) -> None:
    columns = (*COLUMNS, *VERDICT) if verdicts else COLUMNS
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(columns)
    for hit in hits:
        facts = hit.facts()
        rows.writerow([_cell(facts.get(column, "")) for column in columns])


def _cell(value: Any) -> str:
    match value:
        case list():
            value = "; ".join(value)
        case dict():
            value = json.dumps(value)
    text = printable(value, _LONGEST)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
