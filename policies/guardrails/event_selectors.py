"""Which management events a trail records.

CloudTrail API reference, EventSelector and AdvancedEventSelector: an event is recorded if any selector matches it; a
trail without selectors records all management events; both kinds can leave out the sources kms.amazonaws.com and
rdsdata.amazonaws.com, and no others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_READ_ONLY = {"All": {True, False}, "ReadOnly": {True}, "WriteOnly": {False}}


@dataclass(frozen=True)
class Recorded:
    """The events that one selector records: read-only, others or both; and the sources that it excludes."""

    read_only: frozenset[bool]
    without: frozenset[str]

    @property
    def reads(self) -> bool:
        return True in self.read_only

    @property
    def writes(self) -> bool:
        return False in self.read_only


ALL = Recorded(frozenset({True, False}), frozenset())


def management_events(trail: Mapping[str, Any]) -> list[Recorded]:
    """What each selector of a trail (its properties) records of management events; those that record none are left
    out."""
    advanced = trail.get("advancedEventSelectors") or ()
    basic = trail.get("eventSelectors") or ()
    if not advanced and not basic:
        return [ALL]
    found = [_advanced(selector.get("fieldSelectors") or ()) for selector in advanced]
    found += [_basic(selector) for selector in basic]
    return [recorded for recorded in found if recorded]


def _basic(selector: Mapping[str, Any]) -> Recorded | None:
    if selector.get("includeManagementEvents") not in (None, True):
        return None
    return Recorded(
        frozenset(_READ_ONLY.get(selector.get("readWriteType") or "All", ())),
        frozenset(selector.get("excludeManagementEventSources") or ()),
    )


def _advanced(fields: Sequence[Mapping[str, Any]]) -> Recorded | None:
    read_only, without, management = {True, False}, set[str](), False
    for field in fields:
        equals = list(field.get("equals") or ())
        operators = {key for key in field if key != "field" and field.get(key)}
        match field.get("field"):
            case "eventCategory":
                management = equals == ["Management"]
            case "readOnly":
                read_only &= {value == "true" for value in equals}
            case "eventSource" if operators == {"notEquals"}:
                without |= set(field.get("notEquals") or ())
            case _:  # narrows in a way that leaves something out
                return None
    return Recorded(frozenset(read_only), frozenset(without)) if management else None
