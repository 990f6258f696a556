"""One finished API call as the CloudTrail record that AWS writes about it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html, and real
records where that page is silent (research/deception.md §2).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..parameter_arn import parameter_arn
from ..request_parser import ApiCall, ApiResponse
from . import naming
from .identity import Caller, user_identity
from .s3_request import s3_request_parameters

EVENT_VERSION = "1.11"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

_ACCESS_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
# Services whose records of denied calls keep the parameters; the others write null (research/deception.md §2.2).
_KEEPS_DENIED_PARAMETERS = {"ec2", "s3", "s3control", "appsync", "bedrock", "ce", "guardduty", "securityhub"}
# Services that leave secrets out of their records; the others write HIDDEN in their place.
_OMITS_SECRETS = {"iam", "kms", "lambda", "secretsmanager", "sts"}
_SECRET_OUTPUTS = {"SecretAccessKey", "Plaintext", "CiphertextBlob", "SecretString", "SecretBinary"}
_SECRET_INPUTS = {"SecretString", "SecretBinary", "Password", "NewPassword", "OldPassword", "ZipFile"}
# Reads whose records do carry a response: STS says which session it handed out.
_READS_WITH_RESPONSE = {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}


@dataclass(frozen=True)
class FinishedCall:
    """A call, who made it from where, and how it ended. `at` is aware UTC."""

    call: ApiCall
    caller: Caller
    response: ApiResponse
    source_ip: str
    user_agent: str
    request_id: str
    event_id: str
    at: datetime


def cloudtrail_record(finished: FinishedCall) -> dict[str, Any]:
    """The record, with AWS's field names, casing and nulls."""
    call, response = finished.call, finished.response
    error = _error(call, response)
    record: dict[str, Any] = {
        "eventVersion": EVENT_VERSION,
        "userIdentity": user_identity(finished.caller),
        "eventTime": event_time(finished.at),
        "eventSource": naming.event_source(call),
        "eventName": naming.event_name(call),
        "awsRegion": naming.recorded_region(call),
        "sourceIPAddress": finished.source_ip,
        "userAgent": finished.user_agent,
        **error,
        "requestParameters": _request_parameters(call, denied=is_denied(response)),
        "responseElements": _response_elements(call, response),
        **_service_fields(finished),
        "requestID": finished.request_id,
        "eventID": finished.event_id,
        "readOnly": naming.is_read_only(call),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": finished.caller.account_id,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": naming.client_host(call),
        },
    }
    return record


def event_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_denied(response: ApiResponse) -> bool:
    return response.error_code in _ACCESS_DENIED


def _error(call: ApiCall, response: ApiResponse) -> dict[str, str]:
    if response.error_code is None:
        return {}
    code = response.error_code
    if call.service == "ec2":
        code = f"Client.{code}"
    elif is_denied(response):
        code = "AccessDenied"
    elif call.service == "iam":
        code = _exception_name(call, code)
    return {"errorCode": code, "errorMessage": response.error_message or ""}


def _exception_name(call: ApiCall, code: str) -> str:
    """IAM answers `NoSuchEntity` and records `NoSuchEntityException`: the name of the model's shape."""
    for shape in call.model.error_shapes:
        if shape.metadata.get("error", {}).get("code") == code:
            return shape.name
    return code


def _request_parameters(call: ApiCall, *, denied: bool) -> dict[str, Any] | None:
    if denied and call.service not in _KEEPS_DENIED_PARAMETERS:
        return None
    if call.service == "s3":
        return s3_request_parameters(call)
    parameters = dict(call.parameters)
    if call.service == "lambda" and "Environment" in parameters:
        parameters["Environment"] = {}
    if call.model.input_shape is None:
        return None
    return _shown(parameters, call.model.input_shape, call.service, _SECRET_INPUTS) or None


def _response_elements(call: ApiCall, response: ApiResponse) -> dict[str, Any] | None:
    if response.error_code is not None or call.service == "s3" or call.model.output_shape is None:
        return None
    if naming.is_read_only(call) and call.operation not in _READS_WITH_RESPONSE:
        return None
    output = dict(response.output)
    if call.service == "secretsmanager" and call.operation in ("CreateSecret", "PutSecretValue", "UpdateSecret"):
        return {"arn": output.get("ARN")}
    if call.service == "lambda" and "Environment" in output:
        output["Environment"] = {}
    if call.service == "sts" and not output.get("PackedPolicySize"):
        output.pop("PackedPolicySize", None)  # told only when a session policy was packed
    return _shown(output, call.model.output_shape, call.service, _SECRET_OUTPUTS) or None


def _shown(value: Any, shape: Any, service: str, secrets: set[str]) -> Any:
    """A typed value as CloudTrail shows it: first letters in lower case, dates as text, secrets hidden or left out."""
    if isinstance(value, datetime):
        return f"{value:%b} {value.day}, {value:%Y}, {value:%I:%M:%S %p}".replace(", 0", ", ")
    if isinstance(value, bytes):
        return HIDDEN
    if shape.type_name == "structure" and isinstance(value, dict):
        shown = {}
        for name, member in value.items():
            member_shape = shape.members.get(name)
            if member_shape is None:
                continue
            is_secret = name in secrets or (member_shape.metadata.get("sensitive") and name != "SessionToken")
            if is_secret and service in _OMITS_SECRETS:
                continue
            shown[name[:1].lower() + name[1:]] = HIDDEN if is_secret else _shown(member, member_shape, service, secrets)
        return shown
    if shape.type_name == "list" and isinstance(value, list):
        return [_shown(item, shape.member, service, secrets) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _shown(item, shape.value, service, secrets) for key, item in value.items()}
    return value


def _service_fields(finished: FinishedCall) -> dict[str, Any]:
    """Fields that only some services' records have."""
    call, succeeded = finished.call, finished.response.error_code is None
    account_id = finished.caller.account_id
    fields: dict[str, Any] = {}
    if call.service == "s3":
        fields["additionalEventData"] = {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "x-amz-id-2": finished.request_id,
            "bytesTransferredOut": 0,
        }
        if succeeded and (bucket := call.parameters.get("Bucket")):
            fields["resources"] = [_resource(account_id, "AWS::S3::Bucket", f"arn:aws:s3:::{bucket}")]
    elif call.service == "sts" and succeeded and (role := call.parameters.get("RoleArn")):
        fields["resources"] = [_resource(role.split(":")[4], "AWS::IAM::Role", role)]
    elif call.service == "kms" and succeeded and (key := _key_arn(finished)):
        fields["resources"] = [_resource(account_id, "AWS::KMS::Key", key)]
    elif call.service == "ssm" and succeeded and call.operation in ("GetParameter", "GetParameters"):
        names = call.parameters.get("Names") or [call.parameters.get("Name", "")]
        fields["resources"] = [
            {"accountId": account_id, "ARN": parameter_arn(name, call.region, account_id)} for name in names
        ]
    elif call.service == "logs" and succeeded:
        fields["apiVersion"] = "20140328"
    return fields


def _key_arn(finished: FinishedCall) -> str | None:
    output, key_id = finished.response.output, finished.call.parameters.get("KeyId", "")
    candidates = (output.get("KeyMetadata", {}).get("Arn"), output.get("KeyId"), key_id)
    return next((arn for arn in candidates if arn and ":key/" in arn), None)


def _resource(account_id: str, kind: str, arn: str) -> dict[str, str]:
    return {"accountId": account_id, "type": kind, "ARN": arn}
