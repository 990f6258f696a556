"""Requests that AWS rejects because of existing resources: quotas, and rules that are not in a service model.

Each rule is a pure function of the request and a few facts about the account; `check` maps operations to rules.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from deadfall.patterns import aws_limits
from deadfall.patterns.event_pattern import EventPattern, InvalidPattern
from deadfall.patterns.filter_pattern import FilterPattern, InvalidFilterPattern

from .request_parser import ApiCall
from .request_validation import Refusal

INLINE_POLICY_QUOTAS = {
    "user": aws_limits.MAX_USER_POLICY_CHARACTERS,
    "role": aws_limits.MAX_ROLE_POLICY_CHARACTERS,
    "group": aws_limits.MAX_GROUP_POLICY_CHARACTERS,
}

Parameters = Mapping[str, Any]


class Account(Protocol):
    """The facts about the caller's account and region that rules need."""

    def inline_policies(self, kind: str, name: str) -> dict[str, str]: ...
    def attached_policies(self, kind: str, name: str) -> list[str]: ...
    def access_key_count(self, user: str) -> int: ...
    def policy_version_count(self, arn: str) -> int: ...
    def role_path(self, name: str) -> str | None: ...
    def target_ids(self, rule: str, bus: str) -> set[str]: ...
    def metric_filter_names(self, log_group: str) -> set[str]: ...
    def caller_user_name(self) -> str: ...


def check(call: ApiCall, account: Account) -> Refusal | None:
    """Return why the service would reject this call in the current account, or None."""
    rule = _RULES.get((call.service, call.operation))
    return rule(call.parameters, account) if rule else None


def inline_policy_size(
    kind: str, name: str, existing: Mapping[str, str], policy_name: str, document: str
) -> Refusal | None:
    """Check the total size of all inline policies of one user, role or group, without white space."""
    documents = {**existing, policy_name: document}
    quota = INLINE_POLICY_QUOTAS[kind]
    if sum(_size(text) for text in documents.values()) <= quota:
        return None
    return Refusal("LimitExceeded", f"Maximum policy size of {quota} bytes exceeded for {kind} {name}", 409)


def policy_document_size(document: str, quota: int, quota_name: str) -> Refusal | None:
    """Check the size of one managed policy or trust policy, without white space."""
    return _quota_exceeded(quota_name, quota) if _size(document) > quota else None


def attached_policy_count(kind: str, attached: Iterable[str], arn: str) -> Refusal | None:
    names = {*attached, arn}
    return (
        _quota_exceeded(f"PoliciesPer{kind.capitalize()}", aws_limits.MAX_ATTACHED_POLICIES)
        if len(names) > aws_limits.MAX_ATTACHED_POLICIES
        else None
    )


def policy_version_count(count: int) -> Refusal | None:
    if count < aws_limits.MAX_POLICY_VERSIONS:
        return None
    message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete one."
    return Refusal("LimitExceeded", message, 409)


def access_key_count(count: int) -> Refusal | None:
    return (
        _quota_exceeded("AccessKeysPerUser", aws_limits.MAX_ACCESS_KEYS)
        if count >= aws_limits.MAX_ACCESS_KEYS
        else None
    )


def protected_role(name: str, path: str | None) -> Refusal | None:
    """Reject changes to service-linked roles and roles of Identity Center permission sets, which only AWS can change.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    """
    if path is None or not path.startswith(("/aws-service-role/", "/aws-reserved/")):
        return None
    message = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    return Refusal("UnmodifiableEntity", message)


def event_pattern(pattern: str | None) -> Refusal | None:
    """Check the length and form of a rule's pattern. The error code for excess length is not verified on AWS."""
    if not pattern:
        return None
    if len(pattern) > aws_limits.MAX_PATTERN_CHARACTERS:
        return Refusal(
            "ValidationException", f"Event pattern is longer than {aws_limits.MAX_PATTERN_CHARACTERS} characters"
        )
    try:
        EventPattern(pattern)
    except InvalidPattern as error:
        return Refusal("InvalidEventPatternException", str(error))
    return None


def event_entries(entries: Iterable[Parameters]) -> Refusal | None:
    """Check the size of PutEvents entries (docs/aws-facts.md, eventbridge-entry-size).

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
    """
    texts = [
        text
        for entry in entries
        for text in (entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *entry.get("Resources", ()))
    ]
    if sum(len(text.encode()) for text in texts if text) < aws_limits.MAX_EVENT_BYTES:
        return None
    return Refusal("ValidationException", "Total size of the entries in the request is over the limit.")


def query_results(configuration: Parameters) -> Refusal | None:
    """Reject an output bucket for a workgroup whose query results Athena stores. The message is not verified on AWS.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_ManagedQueryResultsConfiguration.html
    """
    managed = configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled")
    if managed and configuration.get("ResultConfiguration", {}).get("OutputLocation"):
        return Refusal("InvalidRequestException", "OutputLocation cannot be set when managed query results are enabled")
    return None


def targets(existing_ids: set[str], new_targets: Iterable[Parameters]) -> Refusal | None:
    """Check the number of a rule's targets, and that their input templates use only defined variables.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    new_targets = list(new_targets)
    if len(existing_ids | {target["Id"] for target in new_targets}) > aws_limits.MAX_TARGETS_PER_RULE:
        return Refusal("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    for target in new_targets:
        transformer = target.get("InputTransformer")
        if transformer is None:
            continue
        if sum(key in target for key in ("Input", "InputPath", "InputTransformer")) > 1:
            return Refusal("ValidationException", "Only one of Input, InputPath, or InputTransformer must be provided.")
        known = set(transformer.get("InputPathsMap", {}))
        for name in re.findall(r"<([^<>]+)>", transformer["InputTemplate"]):
            if name not in known and not name.startswith("aws.events."):
                message = f"InputTemplate for target {target['Id']} contains invalid placeholder {name}."
                return Refusal("ValidationException", message)
    return None


def metric_filter(existing_names: set[str], name: str, pattern: str) -> Refusal | None:
    """Check the number of a log group's filters, and the form of one (the service model limits its length)."""
    if len(existing_names | {name}) > aws_limits.MAX_FILTERS:
        return Refusal("LimitExceededException", "Resource limit exceeded.")
    return filter_pattern(pattern)


def filter_pattern(pattern: str | None) -> Refusal | None:
    try:
        FilterPattern(pattern or "")
    except InvalidFilterPattern as error:
        return Refusal("InvalidParameterException", f"Invalid filter pattern: {error}")
    return None


def lambda_environment(environment: Parameters | None) -> Refusal | None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    variables = (environment or {}).get("Variables", {})
    if (
        len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode())
        <= aws_limits.MAX_LAMBDA_ENVIRONMENT_BYTES
    ):
        return None
    message = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "exceeded the 4KB limit."
    )
    return Refusal("InvalidParameterValueException", message)


def sns_message(message: str, subject: str | None) -> Refusal | None:
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    if not message:
        return Refusal("InvalidParameter", "Invalid parameter: Empty message")
    if len(message.encode()) > aws_limits.MAX_SNS_MESSAGE_BYTES:
        return Refusal("InvalidParameter", "Invalid parameter: Message too long")
    if subject is None:
        return None
    printable = all(" " <= character <= "~" for character in subject)
    if not subject or len(subject) > aws_limits.MAX_SNS_SUBJECT_CHARACTERS or not printable or subject.startswith(" "):
        return Refusal("InvalidParameter", "Invalid parameter: Subject")
    return None


def alarm_period(period: int | None) -> Refusal | None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    if period is None or period in (10, 20, 30) or period % 60 == 0:
        return None
    return Refusal("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")


def multi_region_trail(parameters: Parameters) -> Refusal | None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html"""
    if parameters.get("IsMultiRegionTrail") and parameters.get("IncludeGlobalServiceEvents") is False:
        message = "Multi-Region trail must include global service events."
        return Refusal("InvalidParameterCombinationException", message)
    return None


def _size(document: str) -> int:
    return len(re.sub(r"\s", "", document))


def _quota_exceeded(name: str, quota: int) -> Refusal:
    return Refusal("LimitExceeded", f"Cannot exceed quota for {name}: {quota}", 409)


Rule = Callable[[Parameters, Account], Refusal | None]


def _inline(kind: str) -> Rule:
    member = f"{kind.capitalize()}Name"

    def rule(parameters: Parameters, account: Account) -> Refusal | None:
        name = parameters[member]
        existing = account.inline_policies(kind, name)
        return inline_policy_size(kind, name, existing, parameters["PolicyName"], parameters["PolicyDocument"])

    return rule


def _attach(kind: str) -> Rule:
    member = f"{kind.capitalize()}Name"
    return lambda parameters, account: attached_policy_count(
        kind, account.attached_policies(kind, parameters[member]), parameters["PolicyArn"]
    )


def _unmodifiable(parameters: Parameters, account: Account) -> Refusal | None:
    return protected_role(parameters["RoleName"], account.role_path(parameters["RoleName"]))


def _first(*rules: Rule) -> Rule:
    def rule(parameters: Parameters, account: Account) -> Refusal | None:
        return next((refusal for each in rules if (refusal := each(parameters, account))), None)

    return rule


def _trust_policy(member: str) -> Rule:
    return lambda parameters, account: policy_document_size(
        parameters[member], aws_limits.MAX_TRUST_POLICY_CHARACTERS, "ACLSizePerRole"
    )


def _managed_policy(parameters: Parameters, account: Account) -> Refusal | None:
    return policy_document_size(parameters["PolicyDocument"], aws_limits.MAX_MANAGED_POLICY_CHARACTERS, "PolicySize")


_RULES: dict[tuple[str, str], Rule] = {
    ("iam", "PutUserPolicy"): _inline("user"),
    ("iam", "PutGroupPolicy"): _inline("group"),
    ("iam", "PutRolePolicy"): _first(_unmodifiable, _inline("role")),
    ("iam", "AttachUserPolicy"): _attach("user"),
    ("iam", "AttachRolePolicy"): _first(_unmodifiable, _attach("role")),
    ("iam", "CreateRole"): _trust_policy("AssumeRolePolicyDocument"),
    ("iam", "UpdateAssumeRolePolicy"): _first(_unmodifiable, _trust_policy("PolicyDocument")),
    **{
        ("iam", operation): _unmodifiable
        for operation in (
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "PutRolePermissionsBoundary",
            "TagRole",
            "UntagRole",
            "UpdateRole",
            "UpdateRoleDescription",
        )
    },
    ("iam", "CreatePolicy"): _managed_policy,
    ("iam", "CreatePolicyVersion"): _first(
        _managed_policy,
        lambda parameters, account: policy_version_count(account.policy_version_count(parameters["PolicyArn"])),
    ),
    ("iam", "CreateAccessKey"): lambda parameters, account: access_key_count(
        account.access_key_count(parameters.get("UserName") or account.caller_user_name())
    ),
    ("athena", "CreateWorkGroup"): lambda parameters, account: query_results(parameters.get("Configuration", {})),
    ("events", "PutRule"): lambda parameters, account: event_pattern(parameters.get("EventPattern")),
    ("events", "PutEvents"): lambda parameters, account: event_entries(parameters["Entries"]),
    ("events", "PutTargets"): lambda parameters, account: targets(
        account.target_ids(parameters["Rule"], parameters.get("EventBusName", "default")), parameters["Targets"]
    ),
    ("logs", "PutMetricFilter"): lambda parameters, account: metric_filter(
        account.metric_filter_names(parameters["logGroupName"]), parameters["filterName"], parameters["filterPattern"]
    ),
    ("logs", "FilterLogEvents"): lambda parameters, account: filter_pattern(parameters.get("filterPattern")),
    ("lambda", "CreateFunction"): lambda parameters, account: lambda_environment(parameters.get("Environment")),
    ("lambda", "UpdateFunctionConfiguration"): lambda parameters, account: lambda_environment(
        parameters.get("Environment")
    ),
    ("sns", "Publish"): lambda parameters, account: sns_message(parameters["Message"], parameters.get("Subject")),
    ("cloudwatch", "PutMetricAlarm"): lambda parameters, account: alarm_period(parameters.get("Period")),
    ("cloudtrail", "CreateTrail"): lambda parameters, account: multi_region_trail(parameters),
    ("cloudtrail", "UpdateTrail"): lambda parameters, account: multi_region_trail(parameters),
}
