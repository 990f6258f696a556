"""CloudTrail's event history: the management events of an account and region, with or without a trail.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MOST_RESULTS = 50

Record = Mapping[str, Any]


class InvalidLookupError(Exception):
    """A lookup that AWS rejects; `code` is its error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class EventHistory:
    """All records by recipient account and region."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], list[Record]] = defaultdict(list)

    def add(self, record: Record) -> None:
        self._records[record["recipientAccountId"], record["awsRegion"]].append(record)

    def look_up(self, account_id: str, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the response to a LookupEvents request, newest event first. Raises InvalidLookupError."""
        attributes = request.get("LookupAttributes") or []
        if len(attributes) > 1:
            raise InvalidLookupError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
        start, end = float(request.get("StartTime") or 0), float(request.get("EndTime") or "inf")
        if start > end:
            raise InvalidLookupError("InvalidTimeRangeException", "The start time is after the end time.")
        token = request.get("NextToken") or "0"
        if not token.isdecimal():
            raise InvalidLookupError("InvalidNextTokenException", "The token is not from an earlier response.")
        # The only other category, Insights events, does not exist in the lab.
        records = [] if request.get("EventCategory") else self._records[account_id, region]
        events = [event for event in map(_event, reversed(records)) if start <= event["EventTime"] <= end]
        for attribute in attributes:
            events = [e for e in events if e.get(attribute["AttributeKey"]) == attribute["AttributeValue"]]
        first, most = int(token), int(request.get("MaxResults") or MOST_RESULTS)
        more = {"NextToken": str(first + most)} if first + most < len(events) else {}
        return {"Events": events[first : first + most], **more}


def _event(record: Record) -> dict[str, Any]:
    """Convert a record to an event. Its resources, which AWS derives from each service's parameters, are empty."""
    identity = record["userIdentity"]
    issuer = identity.get("sessionContext", {}).get("sessionIssuer")
    session_name = identity.get("principalId", "").partition(":")[2] if issuer else None
    event = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "AccessKeyId": identity.get("accessKeyId"),
        "EventTime": datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp(),
        "EventSource": record["eventSource"],
        "Username": session_name or identity.get("userName") or ("root" if identity["type"] == "Root" else None),
        "Resources": [],
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }
    return {name: value for name, value in event.items() if value is not None}
