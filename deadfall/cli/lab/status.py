"""The summary of a lab's incidents, matched rules and mails. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

KINDS = ["rule", "mail"]
"""The journal's kinds that the summary reads."""


def summarize(journal: Iterable[Mapping[str, Any]], incidents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `incidents`, `rules` (how often each matched, per region) and `mails`, oldest first."""
    entries = list(journal)
    matched = Counter((entry["rule"], entry["region"]) for entry in entries if entry["kind"] == "rule")
    return {
        "incidents": [
            {
                "id": incident["id"],
                "status": incident["status"],
                "at": incident["when"]["event"],
                "who": incident["principal"]["name"],
                "what": incident["what"]["event_name"],
                "touched": incident["touched"]["name"],
            }
            for incident in incidents
        ],
        "rules": [{"rule": rule, "region": region, "matched": times} for (rule, region), times in matched.items()],
        "mails": [
            {"at": iso(entry["time"]), "to": entry["to"], "subject": entry["subject"]}
            for entry in entries
            if entry["kind"] == "mail"
        ],
    }


def iso(epoch: float) -> str:
    """Format seconds since the epoch as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
