"""Buckets, topics and queues reject requests without TLS."""

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..bucket_settings import every_bucket
from ..guardrail import Report, each, on_stack
from ..statements import Statement, matches, readable_statements
from ..types import BUCKET_POLICY, QUEUE_POLICY, TOPIC_POLICY

# Messages that others send reveal as much as the store itself.
SENDING = {QUEUE_POLICY: "sqs:sendmessage", TOPIC_POLICY: "sns:publish"}


def _check(args: StackValidationArgs, report: Report) -> None:
    def sending(policy: PolicyResource) -> None:
        action = SENDING[policy.resource_type]
        found = readable_statements(policy.props.get("policy"))
        allowed = [resource for statement in found if statement.allows for resource in statement.resources]
        if found and not (_denied(found, action) and _all_denied(found, action, allowed)):
            report(
                f"The policy of {policy.name} lets messages come without TLS; deny {action} to everybody where "
                "aws:SecureTransport is false.",
                policy.urn,
            )

    each([resource for resource in args.resources if resource.resource_type in SENDING], sending)
    every_bucket(
        args,
        report,
        BUCKET_POLICY,
        missing="has no policy that refuses requests without TLS; give it a BucketPolicy.",
        problem=_bucket_problem,
    )


def _bucket_problem(bucket: PolicyResource, policy: Mapping[str, Any]) -> str:
    found = readable_statements(policy.get("policy"))
    arn = f"arn:aws:s3:::{bucket.props.get('bucket')}"
    if not found or _all_denied(found, "s3:*", [arn, f"{arn}/object"]):
        return ""
    return (
        "can be reached without TLS; deny s3:* on the bucket and its objects to everybody where aws:SecureTransport is "
        "false."
    )


def _all_denied(found: Iterable[Statement], action: str, resources: Iterable[str]) -> bool:
    patterns = _denied(found, action)
    return all(any(matches(pattern, resource) for pattern in patterns) for resource in resources)


def _denied(found: Iterable[Statement], action: str) -> list[str]:
    """Where an action is denied to everybody who comes without TLS."""
    return [
        resource
        for statement in found
        if not statement.allows
        and statement.principals in (("*",), ("AWS:*",))
        and any(matches(pattern, action) for pattern in statement.actions)
        and _without_tls(statement.condition)
        for resource in statement.resources
    ]


def _without_tls(condition: Mapping[str, Mapping[str, Any]]) -> bool:
    tests = [
        (operator, key.lower(), str(value).lower())
        for operator, keys in condition.items()
        for key, values in keys.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return tests == [("Bool", "aws:securetransport", "false")]


POLICY = on_stack(
    __name__,
    description="Buckets, topics and queues reject requests that do not use TLS.",
    rationale="Without TLS an eavesdropper learns the suspects and the decoys (Security Hub S3.5).",
    severity=Severity.MEDIUM,
    remediation=(
        "Add a Deny for every principal on s3:* (sns:Publish, sqs:SendMessage) where aws:SecureTransport is false."
    ),
    check=_check,
)
