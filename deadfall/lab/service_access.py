"""Permissions of AWS services: resource policies, key policies and roles, evaluated by MiniStack's IAM.

EventBridge, CloudWatch, SNS and CloudTrail act on resources as service principals. A missing permission is a common
reason for detections that never fire, so the lab delivers nothing without it.
"""

import json
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import request_scope
from ministack.services import iam, kms, lambda_svc, s3, sns, sqs


def function_accepts(function_arn: str, service: str, source_arn: str) -> bool:
    """Return whether the function's resource policy allows `service` to invoke it for `source_arn`.

    EventBridge sends no source account to Lambda, so a policy with a condition on it allows nothing.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
    """
    account_id, region = _owner(function_arn)
    with request_scope(account_id, region):
        found = lambda_svc.function_policy_for_arn(function_arn)
    return found is not None and _allows(
        found[0], "lambda:InvokeFunction", function_arn, service, source_arn, {"aws:sourceaccount": ""}
    )


def queue_accepts(queue_arn: str, service: str, source_arn: str) -> bool:
    """Return whether the queue exists and its policy and its key (if any) allow `service` to send to it."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return False
    attributes = queue["attributes"]
    if not _allows(attributes.get("Policy"), "sqs:SendMessage", queue_arn, service, source_arn):
        return False
    return _key_accepts(attributes.get("KmsMasterKeyId"), queue_arn, service, source_arn)


def topic_accepts(topic_arn: str, service: str, source_arn: str) -> bool:
    """Return whether the topic exists and its policy and its key (if any) allow `service` to publish to it."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return False
    attributes = topic["attributes"]
    if not _allows(attributes.get("Policy"), "sns:Publish", topic_arn, service, source_arn):
        return False
    return _key_accepts(attributes.get("KmsMasterKeyId"), topic_arn, service, source_arn)


def bucket_accepts(bucket: str, action: str, resource: str, service: str, source_arn: str, account_id: str) -> bool:
    """Return whether the bucket exists in the account and its policy allows `service` the action on the resource."""
    if not s3._buckets.contains_scoped(account_id, None, bucket):
        return False
    policy = s3._bucket_policies.get_scoped(account_id, None, bucket)
    context = {"s3:x-amz-acl": "bucket-owner-full-control"} if action == "s3:PutObject" else {}
    return _allows(policy, action, resource, service, source_arn, context)


def role_trusts(role_arn: str, service: str) -> bool:
    """Return whether the role exists and its trust policy allows `service`. AWS documents no source ARN for this."""
    role = _role(role_arn)
    if role is None:
        return False
    return _allows(_with_resource(role["AssumeRolePolicyDocument"]), "sts:AssumeRole", role_arn, service, "")


def role_allows(role_arn: str, service: str, action: str, resource: str) -> bool:
    """Return whether `service` may assume the role, and the role allows the action on the resource."""
    if not role_trusts(role_arn, service):
        return False
    account_id, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account_id,
        action=action,
        resource_arn=resource,
        region="",
    )
    policies = iam_evaluator._gather_role_policies(name, account_id)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account_id)
    return iam_evaluator.evaluate(context, policies, *limits).decision == "Allow"


def key_accepts_cloudtrail(key_id: str, trail_arn: str) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    service = "cloudtrail.amazonaws.com"
    account_id, region = _owner(trail_arn)
    context = {"kms:encryptioncontext:aws:cloudtrail:arn": trail_arn}
    with request_scope(account_id, region):
        key = kms._resolve_key(key_id)
    return key is not None and _allows(
        key.get("Policy"), "kms:GenerateDataKey", key["Arn"], service, trail_arn, context
    )


def _key_accepts(key_id: str | None, resource_arn: str, service: str, source_arn: str) -> bool:
    """Return whether the key's own policy allows the service to write to an encrypted topic or queue.

    The policy of an AWS managed key (alias/aws/...) allows no service and cannot be changed:
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    if not key_id:
        return True
    if "alias/aws/" in key_id:
        return False
    account_id, region = _owner(resource_arn)
    with request_scope(account_id, region):
        key = kms._resolve_key(key_id)
    return key is not None and all(
        _allows(key.get("Policy"), action, key["Arn"], service, source_arn)
        for action in ("kms:GenerateDataKey", "kms:Decrypt")
    )


def _allows(
    policy: Any,
    action: str,
    resource: str,
    service: str,
    source_arn: str,
    context: dict[str, str] | None = None,
) -> bool:
    if not policy:
        return False
    account_id = source_arn.split(":")[4] if source_arn else ""
    evaluated = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region="",
        service_context={
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": account_id,
            "aws:sourceowner": account_id,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service,
            "aws:securetransport": "true",  # services call each other over TLS
            **(context or {}),
        },
    )
    return iam_evaluator.evaluate_resource_policy(policy, evaluated, service=service).decision == "Allow"


def _with_resource(trust_policy: Any) -> Any:
    """Return a trust policy with the resource that MiniStack requires; it implicitly refers to its role."""
    document = json.loads(trust_policy) if isinstance(trust_policy, str) else trust_policy
    statements = document.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    return {"Statement": [{**statement, "Resource": "*"} for statement in statements]}


def _role(role_arn: str) -> dict[str, Any] | None:
    try:
        spec = parse_arn(role_arn)
    except ArnParseError:
        return None
    role = iam._roles.get_scoped(spec.account_id, None, spec.resource.rsplit("/", 1)[-1])
    return role if role is not None and role["Arn"] == role_arn else None


def _owner(arn: str) -> tuple[str, str]:
    parts = arn.split(":")
    return parts[4], parts[3]
