"""What AWS refuses because of what is there already: quotas, and rules that no service model states.

Each rule is a pure function of the request and of the few facts about the account that it needs; `check` knows which
rule guards which operation. Numbers: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html and the pages named at each rule.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from deadfall.patterns.event_pattern import MAX_PATTERN_CHARACTERS, EventPattern, InvalidPattern
from deadfall.patterns.filter_pattern import FilterPattern, InvalidFilterPattern

from .request_parser import ApiCall
from .request_validation import Refusal

INLINE_POLICY_QUOTAS = {"user": 2_048, "role": 10_240, "group": 5_120}
MANAGED_POLICY_SIZE = 6_144
TRUST_POLICY_SIZE = 2_048
ATTACHED_POLICIES = 10
POLICY_VERSIONS = 5
ACCESS_KEYS_PER_USER = 2
TARGETS_PER_RULE = 5
FILTERS_PER_LOG_GROUP = 100
LAMBDA_ENVIRONMENT_BYTES = 4_096
SNS_MESSAGE_BYTES = 262_144
SNS_SUBJECT_LENGTH = 100

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
    """Why the service would refuse this call as things stand, or None."""
    rule = _RULES.get((call.service, call.operation))
    return rule(call.parameters, account) if rule else None


def inline_policy_size(
    kind: str, name: str, existing: Mapping[str, str], policy_name: str, document: str
) -> Refusal | None:
    """All inline policies of one user, role or group together; white space does not count."""
    documents = {**existing, policy_name: document}
    quota = INLINE_POLICY_QUOTAS[kind]
    if sum(_size(text) for text in documents.values()) <= quota:
        return None
    return Refusal("LimitExceeded", f"Maximum policy size of {quota} bytes exceeded for {kind} {name}", 409)


def policy_document_size(document: str, quota: int, quota_name: str) -> Refusal | None:
    """One managed policy, or one trust policy; white space does not count."""
    return _quota_exceeded(quota_name, quota) if _size(document) > quota else None


def attached_policy_count(kind: str, attached: Iterable[str], arn: str) -> Refusal | None:
    names = {*attached, arn}
    return (
        _quota_exceeded(f"PoliciesPer{kind.capitalize()}", ATTACHED_POLICIES)
        if len(names) > ATTACHED_POLICIES
        else None
    )


def policy_version_count(count: int) -> Refusal | None:
    if count < POLICY_VERSIONS:
        return None
    message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete one."
    return Refusal("LimitExceeded", message, 409)


def access_key_count(count: int) -> Refusal | None:
    return _quota_exceeded("AccessKeysPerUser", ACCESS_KEYS_PER_USER) if count >= ACCESS_KEYS_PER_USER else None


def protected_role(name: str, path: str | None) -> Refusal | None:
    """Service-linked roles and roles of Identity Center permission sets: nobody in the account changes them.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    """
    if path is None or not path.startswith(("/aws-service-role/", "/aws-reserved/")):
        return None
    message = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    return Refusal("UnmodifiableEntity", message)


def event_pattern(pattern: str | None) -> Refusal | None:
    """Length and form of a rule's pattern. The code for a pattern that is too long is not verified on AWS."""
    if not pattern:
        return None
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        return Refusal("ValidationException", f"Event pattern is longer than {MAX_PATTERN_CHARACTERS} characters")
    try:
        EventPattern(pattern)
    except InvalidPattern as error:
        return Refusal("InvalidEventPatternException", str(error))
    return None


def query_results(configuration: Parameters) -> Refusal | None:
    """Athena keeps the results of a workgroup's queries, or a bucket does. The words are not verified on AWS.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_ManagedQueryResultsConfiguration.html
    """
    managed = configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled")
    if managed and configuration.get("ResultConfiguration", {}).get("OutputLocation"):
        return Refusal("InvalidRequestException", "OutputLocation cannot be set when managed query results are enabled")
    return None


def targets(existing_ids: set[str], new_targets: Iterable[Parameters]) -> Refusal | None:
    """Number of a rule's targets, and input templates that name no undefined variable.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    new_targets = list(new_targets)
    if len(existing_ids | {target["Id"] for target in new_targets}) > TARGETS_PER_RULE:
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
    """Number of filters of a log group and the form of one (its length stands in the service model)."""
    if len(existing_names | {name}) > FILTERS_PER_LOG_GROUP:
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
    if len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode()) <= LAMBDA_ENVIRONMENT_BYTES:
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
    if len(message.encode()) > SNS_MESSAGE_BYTES:
        return Refusal("InvalidParameter", "Invalid parameter: Message too long")
    if subject is None:
        return None
    printable = all(" " <= character <= "~" for character in subject)
    if not subject or len(subject) > SNS_SUBJECT_LENGTH or not printable or subject.startswith(" "):
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
    return lambda parameters, account: policy_document_size(parameters[member], TRUST_POLICY_SIZE, "ACLSizePerRole")


def _managed_policy(parameters: Parameters, account: Account) -> Refusal | None:
    return policy_document_size(parameters["PolicyDocument"], MANAGED_POLICY_SIZE, "PolicySize")


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
