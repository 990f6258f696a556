"""A CloudTrail record as EventBridge delivers it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from collections.abc import Mapping
from typing import Any

from .detail_types import API_CALL, BY_EVENT_TYPE


def event_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record in its envelope, with placeholder values for fields that published records lack."""
    return {
        "version": "0",
        "id": record.get("eventID", "00000000-0000-0000-0000-000000000000"),
        "detail-type": BY_EVENT_TYPE.get(record.get("eventType", ""), API_CALL),
        "source": "aws." + str(record.get("eventSource", "")).split(".")[0],
        "account": record.get("recipientAccountId", "111122223333"),
        "time": record.get("eventTime", "1970-01-01T00:00:00Z"),
        "region": record.get("awsRegion", "us-east-1"),
        "resources": [],
        "detail": dict(record),
    }
