"""Evidence: the incident document and the prior state as objects in a versioned, encrypted bucket.

incidents/<id>/incident.json       rewritten when the incident changes; the bucket keeps every version
incidents/<id>/prior-state.json    written once
"""

import json
from collections.abc import Mapping
from typing import Any

from . import aws
from .scope import Permission

PERMISSIONS = (Permission("KeepEvidence", ("s3:PutObject",), ("arn:{partition}:s3:::{evidence_bucket}/incidents/*",)),)


class EvidenceError(Exception):
    """An object could not be stored; the message says why."""


def keep_incident(s3: Any, bucket: str, document: Mapping[str, Any]) -> None:
    """Raises EvidenceError."""
    _put(s3, bucket, f"incidents/{document['id']}/incident.json", document, {})


def keep_prior_state(s3: Any, bucket: str, incident_id: str, state: Mapping[str, Any]) -> None:
    """Never overwrites. Raises EvidenceError."""
    try:
        _put(s3, bucket, f"incidents/{incident_id}/prior-state.json", state, {"IfNoneMatch": "*"})
    except EvidenceError as error:
        if not isinstance(error.__cause__, Exception) or aws.code(error.__cause__) != "PreconditionFailed":
            raise


def _put(s3: Any, bucket: str, key: str, value: Mapping[str, Any], condition: Mapping[str, str]) -> None:
    body = json.dumps(value, indent=2, sort_keys=True).encode()
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json", **condition)
    except aws.Failed as error:
        raise EvidenceError(aws.sentence(error)) from error
