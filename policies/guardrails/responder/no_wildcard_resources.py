"""The responder is allowed its own things, and users and roles, but not all of anything else."""

import re

from pulumi_policy import PolicyResource, Severity, StackValidationArgs

from ..arns import parse
from ..functions import each_allowed
from ..guardrail import Report, on_stack
from ..statements import Statement, has_wildcard

# Actions that AWS knows no resources for, and the condition key that limits them instead, if there is one (Service
# Authorization Reference, CloudTrail and CloudWatch). Without its namespace, the responder could write any metric.
WITHOUT_RESOURCES = {"cloudtrail:lookupevents": None, "cloudwatch:putmetricdata": "cloudwatch:namespace"}
# Any user or role may have to be contained; responder-protected-principals lists the exceptions.
CONTAINED = ("user/*", "role/*")
# A policy can't name a key that doesn't exist yet; but its alias.
KEYS, ALIAS = "key/*", "kms:ResourceAliases"
# With ForAllValues, what has no such key at all would be allowed too.
LIMITS = ("StringEquals", "ForAnyValue:StringEquals")


def _check(args: StackValidationArgs, report: Report) -> None:
    def names_resources(policy: PolicyResource, statement: Statement) -> None:
        if statement.not_resources:
            report(f"Statement '{statement.sid}' allows all resources but some; name those needed.", policy.urn)
        keys = {key for operator in LIMITS for key in statement.condition.get(operator, {})}
        if all(_without_resources(action, keys) for action in statement.actions):
            return
        for resource in statement.resources:
            if not _names_one(resource, keys):
                report(f"Statement '{statement.sid}' allows {resource}; name the resources needed.", policy.urn)

    each_allowed(args, names_resources)


def _without_resources(action: str, keys: set[str]) -> bool:
    return action in WITHOUT_RESOURCES and WITHOUT_RESOURCES[action] in (None, *keys)


def _names_one(resource: str, keys: set[str]) -> bool:
    arn = parse(resource)
    if arn is None or any(map(has_wildcard, (arn.service, arn.region, arn.account))):
        return False
    if arn.service == "iam" and arn.resource in CONTAINED:
        return True
    if arn.service == "kms" and arn.resource == KEYS:
        return ALIAS in keys
    # As in table/name; in S3's, what comes before a slash is the name itself.
    name = arn.resource if arn.service == "s3" else re.sub(r"^[a-z-]+[/:]", "", arn.resource)
    return name[:1] not in ("", "*", "?")


POLICY = on_stack(
    __name__,
    description=(
        "The responder's policies name their resources, except for the users and roles that it may have to contain."
    ),
    rationale="A responder that is tricked or faulty could otherwise change other teams' queues, tables and logs.",
    severity=Severity.HIGH,
    remediation="Name the resources; limit KMS keys by alias, and metrics by namespace.",
    check=_check,
)
