"""CloudTrail's record of a KMS call that a service makes for its caller with a resource's key."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .identity import forwarded_identity
from .record import EVENT_VERSION, FinishedCall, event_time


@dataclass(frozen=True)
class EncryptionKey:
    """The KMS key that encrypts a resource: its ARN, and the id or alias in the resource's settings."""

    arn: str
    name: str


KeyOf = Callable[[str, str, str, str], EncryptionKey]
"""A function that returns the key that encrypts a resource: (account, region, service, resource ARN) -> key."""


def key_use(
    finished: FinishedCall, invoked_by: str, operation: str, key: EncryptionKey, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the record of the KMS call; `invoked_by` is the service's name in the record."""
    account_id = finished.caller.account_id
    return {
        "eventVersion": EVENT_VERSION,
        "userIdentity": forwarded_identity(finished.caller, invoked_by, finished.at),
        "eventTime": event_time(finished.at),
        "eventSource": "kms.amazonaws.com",
        "eventName": operation,
        "awsRegion": finished.call.region,
        "sourceIPAddress": invoked_by,
        "userAgent": invoked_by,
        "requestParameters": dict(parameters),
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": True,
        "resources": [{"accountId": account_id, "type": "AWS::KMS::Key", "ARN": key.arn}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
    }
