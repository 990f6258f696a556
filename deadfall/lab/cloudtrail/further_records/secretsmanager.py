"""The records that follow a call to Secrets Manager.

Every secret that is read or written leaves the KMS call that Secrets Manager makes for it. Its encryption context
always carries the secret's full ARN, however the caller spelled it, and it keeps the caller's identity but not the
address (docs/aws-facts.md, kms-decrypt-behind-secret-read). A batch read also leaves one GetSecretValue per secret
(API_BatchGetSecretValue); the form of these records is not verified on AWS.
"""

import uuid
from dataclasses import replace
from typing import Any

from ...request_parser import ApiResponse
from ..key_use import KeyOf, key_use
from ..record import FinishedCall, cloudtrail_record

_SERVICE = "secretsmanager.amazonaws.com"
_KMS_CALLS = {
    "GetSecretValue": "Decrypt",
    "CreateSecret": "GenerateDataKey",
    "PutSecretValue": "GenerateDataKey",
    "UpdateSecret": "GenerateDataKey",
}


def further_records(finished: FinishedCall, key_of: KeyOf) -> list[dict[str, Any]]:
    """Return a record for each use of a key, and for each secret that a batch reads; none without a secret's value."""
    call, response = finished.call, finished.response
    if call.operation == "BatchGetSecretValue":
        return [
            record for value in response.output.get("SecretValues", []) for record in _read(finished, value, key_of)
        ]
    if call.operation in _KMS_CALLS and "VersionId" in response.output:
        return [_key_use(finished, key_of)]
    return []


def _read(batch: FinishedCall, value: dict[str, Any], key_of: KeyOf) -> list[dict[str, Any]]:
    """Return the records of one secret of a batch, as if it had been read on its own."""
    single = replace(
        batch,
        call=replace(batch.call, operation="GetSecretValue", parameters={"SecretId": value["ARN"]}),
        response=ApiResponse(200, value),
        event_id=str(uuid.uuid4()),
    )
    return [cloudtrail_record(single), _key_use(single, key_of)]


def _key_use(finished: FinishedCall, key_of: KeyOf) -> dict[str, Any]:
    output = finished.response.output
    operation = _KMS_CALLS[finished.call.operation]
    key = key_of(finished.caller.account_id, finished.call.region, "secretsmanager", output["ARN"])
    parameters: dict[str, Any] = {
        "encryptionContext": {"SecretARN": output["ARN"], "SecretVersionId": output["VersionId"]}
    }
    if operation == "Decrypt":
        parameters["encryptionAlgorithm"] = "SYMMETRIC_DEFAULT"
    else:
        parameters |= {"keyId": key.name, "keySpec": "AES_256"}
    return key_use(finished, _SERVICE, operation, key, parameters)
