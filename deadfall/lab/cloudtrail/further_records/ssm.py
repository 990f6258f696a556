"""The records that follow a call to Parameter Store.

Each SecureString that is returned with decryption leaves the KMS Decrypt that Parameter Store makes for it, a history
one for each version; a SecureString that is written leaves an Encrypt, or a GenerateDataKey in the advanced tier. The
encryption context has the parameter's ARN, however the caller spelled it, and the record no address (docs/aws-facts.md,
kms-decrypt-behind-parameter).
"""

from collections.abc import Iterator
from typing import Any

from ...parameter_arn import parameter_arn
from ..key_use import KeyOf, key_use
from ..record import FinishedCall

_INTERNAL = "AWS Internal"
_READS = ("GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory")


def further_records(finished: FinishedCall, key_of: KeyOf) -> list[dict[str, Any]]:
    """Return a record for each use of a key; none without a SecureString's value."""
    call = finished.call
    if call.operation in _READS and call.parameters.get("WithDecryption"):
        return [_key_use(finished, "Decrypt", name, key_of) for name in _decrypted(finished.response.output)]
    if call.operation == "PutParameter" and call.parameters.get("Type") == "SecureString":
        advanced = finished.response.output.get("Tier") == "Advanced"
        return [_key_use(finished, "GenerateDataKey" if advanced else "Encrypt", call.parameters["Name"], key_of)]
    return []


def _decrypted(output: dict[str, Any]) -> Iterator[str]:
    found = output.get("Parameters") or [output.get("Parameter") or {}]
    yield from (parameter["Name"] for parameter in found if parameter.get("Type") == "SecureString")


def _key_use(finished: FinishedCall, operation: str, name: str, key_of: KeyOf) -> dict[str, Any]:
    region, account_id = finished.call.region, finished.caller.account_id
    arn = parameter_arn(name, region, account_id)
    key = key_of(account_id, region, "ssm", arn)
    parameters: dict[str, Any] = {"encryptionContext": {"PARAMETER_ARN": arn}}
    if operation == "GenerateDataKey":
        parameters["keySpec"] = "AES_256"
    else:
        parameters["encryptionAlgorithm"] = "SYMMETRIC_DEFAULT"
    if operation != "Decrypt":
        parameters["keyId"] = key.name
    return key_use(finished, _INTERNAL, operation, key, parameters)
