"""What AWS checks elsewhere before it agrees: that services may do what a request makes them do, with other resources.

On AWS these refusals come when the stack is deployed. Without them a trap would deploy in the lab and not on AWS.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, kms, s3, secretsmanager, sns, sqs

from . import service_access
from .access_denied import denial_message
from .cloudtrail import log_group
from .request_parser import ApiCall
from .request_validation import Refusal

_CLOUDTRAIL = "cloudtrail.amazonaws.com"
Parameters = Mapping[str, Any]


def check(call: ApiCall) -> Refusal | None:
    """Why the service would refuse this call for want of something elsewhere, or None. Runs in the request's scope."""
    if refused := _passed_roles(call):
        return refused
    precondition = _PRECONDITIONS.get((call.service, call.operation))
    return precondition(call) if precondition else None


def _passed_roles(call: ApiCall) -> Refusal | None:
    """Who hands a role to a service must be allowed to: otherwise whoever may make functions could be anybody.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    service, roles = _PASSED_ROLES.get((call.service, call.operation), ("", lambda parameters: []))
    for role in filter(None, roles(call.parameters)):
        denied = iam_evaluator.enforce(
            call.access_key_id,
            "iam:PassRole",
            "iam",
            call.region,
            resource_arn=role,
            service_context={"iam:passedtoservice": service},
        )
        if isinstance(denied, iam_evaluator.EvalResult):
            explicit = denied.decision == "Deny"
            message = denial_message("iam:PassRole", denied.principal_arn, role, {}, explicit=explicit)
            return Refusal("AccessDeniedException", message)
    return None


def _alias(call: ApiCall) -> Refusal | None:
    """Changing an alias needs the permission on the key as well, on both keys if it moves.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html
    """
    alias_arn = f"arn:aws:kms:{get_region()}:{get_account_id()}:{call.parameters['AliasName']}"
    keys = {call.parameters.get("TargetKeyId"), kms._aliases.get(alias_arn)} - {None}
    for key_id in sorted(key.rpartition("/")[2] for key in keys):
        if not _caller_may_use(call, key_id, f"kms:{call.operation}"):
            key_arn = f"arn:aws:kms:{get_region()}:{get_account_id()}:key/{key_id}"
            return Refusal("AccessDeniedException", f"The caller may not kms:{call.operation} on resource: {key_arn}")
    return None


def _trail(call: ApiCall) -> Refusal | None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
    parameters, account_id, region = call.parameters, get_account_id(), get_region()
    name = parameters["Name"].rpartition("/")[2]
    trail_arn = f"arn:aws:cloudtrail:{region}:{account_id}:trail/{name}"
    bucket = parameters.get("S3BucketName")
    if bucket is not None:
        if not s3._buckets.contains_scoped(account_id, None, bucket):
            return Refusal("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
        prefix = f"{parameters['S3KeyPrefix']}/" if parameters.get("S3KeyPrefix") else ""
        log_file = f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{account_id}/CloudTrail/{region}/log.json.gz"
        for action, resource in (("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}"), ("s3:PutObject", log_file)):
            if not service_access.bucket_accepts(bucket, action, resource, _CLOUDTRAIL, trail_arn, account_id):
                message = f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
                return Refusal("InsufficientS3BucketPolicyException", message)
    if topic := parameters.get("SnsTopicName"):
        topic_arn = topic if topic.startswith("arn:") else f"arn:aws:sns:{region}:{account_id}:{topic}"
        if not service_access.topic_accepts(topic_arn, _CLOUDTRAIL, trail_arn):
            return Refusal(
                "InsufficientSnsTopicPolicyException", "SNS Topic does not exist or the topic policy is incorrect!"
            )
    if (key_id := parameters.get("KmsKeyId")) and not service_access.key_accepts_cloudtrail(key_id, trail_arn):
        return Refusal(
            "InsufficientEncryptionPolicyException", "Insufficient permissions to access S3 bucket or KMS key."
        )
    return _trail_log_group(parameters, account_id, region)


def _trail_log_group(parameters: Parameters, account_id: str, region: str) -> Refusal | None:
    group_arn, role_arn = parameters.get("CloudWatchLogsLogGroupArn"), parameters.get("CloudWatchLogsRoleArn")
    if not group_arn and not role_arn:
        return None
    group = (group_arn or "").partition(":log-group:")[2].removesuffix(":*")
    if not group_arn or not group_arn.endswith(":*") or group not in cloudwatch_logs._log_groups:
        message = "CloudTrail cannot validate the specified log group ARN."
        return Refusal("InvalidCloudWatchLogsLogGroupArnException", message)
    if refused := log_group.refusal(role_arn or "", group_arn, account_id, region):
        return Refusal("InvalidCloudWatchLogsRoleArnException", f"Access denied. Verify the role's policies: {refused}")
    return None


def _function(call: ApiCall) -> Refusal | None:
    """The role is Lambda's to assume, and may send to the dead-letter target.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    role = call.parameters.get("Role")
    if role and not service_access.role_trusts(role, "lambda.amazonaws.com"):
        message = "The role defined for the function cannot be assumed by Lambda."
        return Refusal("InvalidParameterValueException", message)
    target = (call.parameters.get("DeadLetterConfig") or {}).get("TargetArn")
    return _lambda_may_send(role, target) if role and target else None


def _lambda_may_send(role: str, target: str) -> Refusal | None:
    service = target.split(":")[2]
    action, words = {"sqs": ("sqs:SendMessage", "SendMessage on SQS"), "sns": ("sns:Publish", "Publish on SNS")}.get(
        service, ("", "")
    )
    if action and not service_access.role_allows(role, "lambda.amazonaws.com", action, target):
        message = f"The provided execution role does not have permissions to call {words}"
        return Refusal("InvalidParameterValueException", message)
    return None


def _secret_key(call: ApiCall) -> Refusal | None:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""
    _, secret = secretsmanager._resolve(call.parameters.get("SecretId"))
    if not secret or _caller_may_use(call, (secret or {}).get("KmsKeyId"), "kms:Decrypt"):
        return None
    return Refusal("AccessDeniedException", "Access to KMS is not allowed")


def _topic_key(call: ApiCall) -> Refusal | None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""
    topic = sns._topic_by_arn_any_scope(call.parameters.get("TopicArn") or "")
    key_id = topic["attributes"].get("KmsMasterKeyId") if topic else None
    if all(_caller_may_use(call, key_id, action) for action in ("kms:GenerateDataKey", "kms:Decrypt")):
        return None
    return Refusal("KMSAccessDenied", "The ciphertext refers to a customer master key that you are not allowed to use.")


def _queue_key(call: ApiCall) -> Refusal | None:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"""
    queue = sqs._queues.get(call.parameters.get("QueueUrl", ""))
    key_id = queue["attributes"].get("KmsMasterKeyId") if queue else None
    if all(_caller_may_use(call, key_id, action) for action in ("kms:GenerateDataKey", "kms:Decrypt")):
        return None
    return Refusal("KMS.AccessDeniedException", "The caller is not allowed to use the queue's KMS key.")


def _caller_may_use(call: ApiCall, key_id: str | None, action: str) -> bool:
    """Whether the caller's policies and the key's allow `action`. AWS managed keys serve whoever uses the service."""
    if not key_id or "alias/aws/" in key_id:
        return True
    key = kms._resolve_key(key_id)
    if key is None:
        return False
    context = {
        "kms:viaservice": f"{call.service}.{call.region}.amazonaws.com",
        "kms:resourcealiases": [
            arn.rsplit(":", 1)[-1] for arn, key_id in kms._aliases.items() if key_id == key["KeyId"]
        ],
    }
    denied = iam_evaluator.enforce(
        call.access_key_id, action, "kms", call.region, resource_arn=key["Arn"], service_context=context
    )
    return denied is None


_PASSED_ROLES: dict[tuple[str, str], tuple[str, Callable[[Parameters], list[str | None]]]] = {
    (service, operation): (f"{service}.amazonaws.com", roles)
    for service, operations, roles in (
        ("cloudtrail", ("CreateTrail", "UpdateTrail"), lambda given: [given.get("CloudWatchLogsRoleArn")]),
        ("events", ("PutRule",), lambda given: [given.get("RoleArn")]),
        ("events", ("PutTargets",), lambda given: [target.get("RoleArn") for target in given["Targets"]]),
        ("lambda", ("CreateFunction", "UpdateFunctionConfiguration"), lambda given: [given.get("Role")]),
    )
    for operation in operations
}

_PRECONDITIONS: dict[tuple[str, str], Callable[[ApiCall], Refusal | None]] = {
    ("cloudtrail", "CreateTrail"): _trail,
    ("cloudtrail", "UpdateTrail"): _trail,
    ("kms", "CreateAlias"): _alias,
    ("kms", "DeleteAlias"): _alias,
    ("kms", "UpdateAlias"): _alias,
    ("lambda", "CreateFunction"): _function,
    ("lambda", "UpdateFunctionConfiguration"): _function,
    ("secretsmanager", "GetSecretValue"): _secret_key,
    ("sns", "Publish"): _topic_key,
    ("sqs", "SendMessage"): _queue_key,
}
