"""Ask CloudTrail itself whether a record is its own, before a line of a log group may get anybody contained.

Whoever may `logs:PutLogEvents` on the trail's log group can write a line that looks like CloudTrail's; nobody can write
to CloudTrail's event history. It holds the management events of 90 days by region, trail or no trail, and lags behind
the call by minutes.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import aws
from .parse import Record, read_record
from .scope import Permission
from .settings import Settings

PERMISSIONS = (
    # LookupEvents knows no resources (Service Authorization Reference, CloudTrail).
    Permission("ConfirmRecords", ("cloudtrail:LookupEvents",), ("*",)),
)

MOST_LOOKUPS = 20
"""Of one invocation. AWS answers two a second per account and region; more would use up the function's time, and then
nobody would be told."""


@dataclass(frozen=True)
class Unconfirmed:
    """Why a record can't be taken for CloudTrail's (yet), in a sentence."""

    reason: str


class EventHistory:
    """`cloudtrail` gives the client of a region."""

    def __init__(self, cloudtrail: Callable[[str], Any], settings: Settings) -> None:
        self._cloudtrail = cloudtrail
        self._settings = settings
        self._lookups = 0

    def confirm(self, record: Record) -> Record | Unconfirmed:
        """CloudTrail's own record of the same event. Only what it says may be acted upon: it agrees with `record` in
        who called what, but anything else in `record` may still be made up."""
        if self._lookups == MOST_LOOKUPS:
            return Unconfirmed(
                f"This record was not checked: at most {MOST_LOOKUPS} records per alarm are looked up in CloudTrail's"
                " event history."
            )
        self._lookups += 1
        try:
            found = self._cloudtrail(record.region).lookup_events(
                LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": record.event_id}]
            )["Events"]
        except aws.Failed as error:
            return Unconfirmed(
                f"The lookup in CloudTrail's event history in {record.region} failed: {aws.sentence(error)}."
            )
        kept = next(filter(None, (self._read(event, record.event_id) for event in found)), None)
        if kept is None:
            return Unconfirmed(
                f"The record is not in CloudTrail's event history in {record.region}: it may be forged, or not yet"
                " delivered (delivery takes minutes)."
            )
        if _who_called_what(kept) != _who_called_what(record):
            return Unconfirmed(
                "CloudTrail's event history has a different call under this event id: the log line is forged."
            )
        return kept

    def _read(self, event: Mapping[str, Any], event_id: str) -> Record | None:
        try:
            record = read_record(json.loads(event.get("CloudTrailEvent", "")), self._settings)
        except (ValueError, RecursionError):
            return None
        return record if isinstance(record, Record) and record.event_id == event_id else None


def _who_called_what(record: Record) -> tuple[Any, ...]:
    """The recipient account needs no comparison: `read_record` takes none but ours."""
    return record.event_source, record.event_name, record.user_identity
