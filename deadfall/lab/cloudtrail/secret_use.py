"""What else CloudTrail records about a call to Secrets Manager, beside the call itself.

Every secret that is read or written leaves the KMS call that Secrets Manager makes for it. Its encryption context
always carries the secret's full ARN, however the caller spelled it, and it keeps the caller's identity but not the
address (research/deception.md §2.3: 60 of 60 secret reads have one). A batch read also leaves one GetSecretValue per
secret (API_BatchGetSecretValue); what those look like is not verified on AWS.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..wire import ApiResponse
from .identity import forwarded_identity
from .record import EVENT_VERSION, FinishedCall, cloudtrail_record, event_time

_SERVICE = "secretsmanager.amazonaws.com"
_KMS_CALLS = {
    "GetSecretValue": "Decrypt",
    "CreateSecret": "GenerateDataKey",
    "PutSecretValue": "GenerateDataKey",
    "UpdateSecret": "GenerateDataKey",
}
# (account, region, secret ARN) -> (ARN of the key that encrypts it, the id by which Secrets Manager names that key)
KeyOfSecret = Callable[[str, str, str], tuple[str, str]]


def further_records(finished: FinishedCall, key_of: KeyOfSecret) -> list[dict[str, Any]]:
    """The records that follow the one of the call itself, in order; none where the call used no secret's value."""
    call, response = finished.call, finished.response
    if call.service != "secretsmanager" or response.error_code is not None:
        return []
    if call.operation == "BatchGetSecretValue":
        return [
            record for value in response.output.get("SecretValues", []) for record in _read(finished, value, key_of)
        ]
    if call.operation in _KMS_CALLS and "VersionId" in response.output:
        return [_key_use(finished, key_of)]
    return []


def _read(batch: FinishedCall, value: dict[str, Any], key_of: KeyOfSecret) -> list[dict[str, Any]]:
    """The records of one secret of a batch, as if it had been read on its own."""
    single = replace(
        batch,
        call=replace(batch.call, operation="GetSecretValue", parameters={"SecretId": value["ARN"]}),
        response=ApiResponse(200, value),
        event_id=str(uuid.uuid4()),
    )
    return [cloudtrail_record(single), _key_use(single, key_of)]


def _key_use(finished: FinishedCall, key_of: KeyOfSecret) -> dict[str, Any]:
    call, output, account_id = finished.call, finished.response.output, finished.caller.account_id
    key_arn, key_name = key_of(account_id, call.region, output["ARN"])
    operation = _KMS_CALLS[call.operation]
    context = {"SecretARN": output["ARN"], "SecretVersionId": output["VersionId"]}
    parameters: dict[str, Any] = {"encryptionContext": context}
    if operation == "Decrypt":
        parameters["encryptionAlgorithm"] = "SYMMETRIC_DEFAULT"
    else:
        parameters |= {"keyId": key_name, "keySpec": "AES_256"}
    return {
        "eventVersion": EVENT_VERSION,
        "userIdentity": forwarded_identity(finished.caller, _SERVICE, finished.at),
        "eventTime": event_time(finished.at),
        "eventSource": "kms.amazonaws.com",
        "eventName": operation,
        "awsRegion": call.region,
        "sourceIPAddress": _SERVICE,
        "userAgent": _SERVICE,
        "requestParameters": parameters,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": True,
        "resources": [{"accountId": account_id, "type": "AWS::KMS::Key", "ARN": key_arn}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account_id,
        "eventCategory": "Management",
    }
