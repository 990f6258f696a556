"""AWS's words for "no": the message of an authorization failure, service by service.

CloudTrail writes the same words into `errorMessage`, and for denied calls nothing else names the resource
(research/deception.md §2.2). Compared with real records in `tests/lab/test_records.py`.
"""

import re
from collections.abc import Mapping
from typing import Any

_IAM_ENTITIES = {
    "InstanceProfileName": "instance profile",
    "GroupName": "group",
    "UserName": "user",
    "RoleName": "role",
    "PolicyArn": "policy",
}


def denial_message(
    action: str, principal_arn: str, resource_arn: str, parameters: Mapping[str, Any], *, explicit: bool
) -> str:
    """The message for a call that the caller's own policies do not allow, or deny."""
    service, _, operation = action.partition(":")
    if service == "sns":
        action = f"SNS:{operation}"
    resource = _resource(service, operation, resource_arn, parameters)
    message = f"User: {principal_arn} is not authorized to perform: {action}"
    if resource is not None:
        message += f" on resource: {resource}"
    if explicit:
        message += " with an explicit deny in an identity-based policy"
    elif service != "sts":
        message += f" because no identity-based policy allows the {action} action"
    if service == "ec2":
        return f"You are not authorized to perform this operation. {message}"
    return message


def _resource(service: str, operation: str, arn: str, parameters: Mapping[str, Any]) -> str | None:
    if service == "secretsmanager":
        return parameters.get("SecretId") or parameters.get("Name")  # exactly as the caller typed it
    if service == "iam":
        return _iam_resource(operation, arn, parameters)
    if service == "logs":
        return re.sub(r":\*$", ":log-stream:", arn)
    if service == "s3":
        return None if arn == "*" else f'"{arn}"'
    return arn


def _iam_resource(operation: str, arn: str, parameters: Mapping[str, Any]) -> str:
    if operation == "CreatePolicy":
        return f"policy {parameters.get('PolicyName', '')}"
    if operation in ("CreateUser", "CreateRole", "CreateGroup"):
        return arn
    if "VersionId" in parameters:
        return f"policy {parameters.get('PolicyArn', '')} version {parameters['VersionId']}"
    for member, entity in _IAM_ENTITIES.items():
        if member in parameters:
            return f"{entity} {parameters[member]}"
    return arn
