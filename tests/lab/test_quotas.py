"""Refusals for what is there already: each rule at its limit and one past it, then through the lab."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.lab import quotas
from deadfall.lab.request_validation import Refusal

from .conftest import ACCOUNT, HOME, Account, allow, document, trusting


def limit(name: str, quota: int) -> Refusal:
    return Refusal("LimitExceeded", f"Cannot exceed quota for {name}: {quota}", 409)


@pytest.mark.parametrize(("kind", "quota"), [("user", 2_048), ("role", 10_240), ("group", 5_120)])
def test_inline_policies_count_together_and_without_white_space(kind: str, quota: int) -> None:
    def put(size: int, existing: dict[str, str]) -> Refusal | None:
        return quotas.inline_policy_size(kind, "x", existing, "new", "a" * size + " \n\t" * 100)

    message = f"Maximum policy size of {quota} bytes exceeded for {kind} x"
    assert put(quota, {}) is None
    assert put(quota + 1, {}) == Refusal("LimitExceeded", message, 409)
    assert put(quota - 100, {"other": "b" * 100}) is None
    assert put(quota - 99, {"other": "b" * 100}) == Refusal("LimitExceeded", message, 409)
    assert put(quota, {"new": "b" * quota}) is None, "a policy of the same name is replaced"


def test_policy_documents() -> None:
    assert quotas.policy_document_size("a" * 6_144, 6_144, "PolicySize") is None
    assert quotas.policy_document_size("a" * 6_145, 6_144, "PolicySize") == limit("PolicySize", 6_144)


def test_counts() -> None:
    arns = [f"arn:{number}" for number in range(10)]
    assert quotas.attached_policy_count("user", arns[:9], "arn:new") is None
    assert quotas.attached_policy_count("user", arns, "arn:new") == limit("PoliciesPerUser", 10)
    assert quotas.attached_policy_count("role", arns, arns[0]) is None, "attached already"
    assert quotas.access_key_count(1) is None
    assert quotas.access_key_count(2) == limit("AccessKeysPerUser", 2)
    assert quotas.policy_version_count(4) is None
    assert quotas.policy_version_count(5) is not None
    assert quotas.metric_filter({f"f{n}" for n in range(99)}, "new", "ERROR") is None
    full = {f"f{n}" for n in range(100)}
    assert quotas.metric_filter(full, "new", "ERROR") == Refusal("LimitExceededException", "Resource limit exceeded.")
    assert quotas.metric_filter(full, "f7", "ERROR") is None, "a filter of the same name is replaced"


@pytest.mark.parametrize(
    ("path", "protected"),
    [
        ("/aws-service-role/autoscaling.amazonaws.com/", True),
        ("/aws-reserved/sso.amazonaws.com/eu-central-1/", True),
        ("/", False),
        ("/team/aws-reserved/", False),
        (None, False),
    ],
)
def test_roles_that_only_aws_changes(path: str | None, protected: bool) -> None:
    message = "Cannot perform the operation on the protected role 'r' - this role is only modifiable by AWS"
    assert quotas.protected_role("r", path) == (Refusal("UnmodifiableEntity", message) if protected else None)


def test_event_patterns() -> None:
    def padded(length: int) -> str:
        pattern = json.dumps({"source": [""]})
        return json.dumps({"source": ["x" * (length - len(pattern))]})

    assert len(padded(2_048)) == 2_048
    assert quotas.event_pattern(padded(2_048)) is None
    assert quotas.event_pattern(padded(2_049)) is not None
    assert quotas.event_pattern(None) is None
    refused = quotas.event_pattern('{"source": "not a list"}')
    assert refused is not None and refused.code == "InvalidEventPatternException"


def test_targets_and_their_templates() -> None:
    five = [{"Id": str(number), "Arn": "a"} for number in range(5)]
    assert quotas.targets(set(), five) is None
    assert quotas.targets({"0", "1"}, five) is None, "targets of the same id are replaced"
    assert quotas.targets({"x"}, five) is not None

    def template(text: str, **paths: str) -> Refusal | None:
        transformer = {"InputTemplate": text, "InputPathsMap": paths}
        return quotas.targets(set(), [{"Id": "1", "Arn": "a", "InputTransformer": transformer}])

    assert template('{"detection": "x", "event": <aws.events.event.json>}') is None
    assert template('{"who": <user>}', user="$.detail.user") is None
    assert template('{"who": <usr>}', user="$.detail.user") == Refusal(
        "ValidationException", "InputTemplate for target 1 contains invalid placeholder usr."
    )
    both = {"Id": "1", "Arn": "a", "Input": "{}", "InputTransformer": {"InputTemplate": "{}"}}
    assert quotas.targets(set(), [both]) is not None


def test_filter_patterns() -> None:
    assert quotas.filter_pattern('{ $.eventName = "GetSecretValue" }') is None
    refused = quotas.filter_pattern('{ $.eventName = "GetSecretValue" ')
    assert refused is not None and refused.code == "InvalidParameterException"


def test_lambda_environments() -> None:
    room = 4_096 - len('{"KEY":""}')
    assert quotas.lambda_environment({"Variables": {"KEY": "x" * room}}) is None
    assert quotas.lambda_environment({"Variables": {"KEY": "x" * (room + 1)}}) is not None
    assert quotas.lambda_environment({"Variables": {"KEY": "é" * (room // 2 + 1)}}) is not None, "bytes, not characters"
    assert quotas.lambda_environment(None) is None


@pytest.mark.parametrize(
    ("subject", "accepted"),
    [
        (None, True),
        ("Decoy touched: prod/db", True),
        ("!" * 99, True),
        ("x" * 100, False),
        ("", False),
        (" leading space", False),
        ("two\nlines", False),
        ("tab\tbed", False),
        ("Täuschung", False),
        ("bell\x07", False),
    ],
)
def test_sns_subjects(subject: str | None, accepted: bool) -> None:
    wrong = Refusal("InvalidParameter", "Invalid parameter: Subject")
    assert quotas.sns_message("m", subject) == (None if accepted else wrong)


def test_sns_messages() -> None:
    too_long = Refusal("InvalidParameter", "Invalid parameter: Message too long")
    assert quotas.sns_message("x" * 262_144, None) is None
    assert quotas.sns_message("x" * 262_145, None) == too_long
    assert quotas.sns_message("é" * 131_073, None) == too_long, "bytes, not characters"
    assert quotas.sns_message("", None) == Refusal("InvalidParameter", "Invalid parameter: Empty message")


def test_alarm_periods() -> None:
    assert [period for period in (None, 10, 20, 30, 60, 61, 90, 300) if quotas.alarm_period(period)] == [61, 90]


def test_a_multi_region_trail_includes_global_services() -> None:
    assert quotas.multi_region_trail({"IsMultiRegionTrail": True}) is None
    assert quotas.multi_region_trail({"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": False}) is None
    assert quotas.multi_region_trail({"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False}) is not None


# --- through the lab --------------------------------------------------------------------------------------------------


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    response: Any = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_the_quotas_bite_in_the_lab(account: Account) -> None:
    iam = account.client("iam")
    account.user("full", allow([f"s3:Action{number}" for number in range(145)]))
    deny = document({"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert refused(iam.put_user_policy, UserName="full", PolicyName="deny", PolicyDocument=deny) == (
        "LimitExceeded",
        409,
    )
    assert iam.list_user_policies(UserName="full")["PolicyNames"] == ["policy"]

    iam.create_access_key(UserName="full")
    assert refused(iam.create_access_key, UserName="full") == ("LimitExceeded", 409)

    path = "/aws-reserved/sso.amazonaws.com/"
    account.emulator.client("iam", HOME).create_role(
        RoleName="sso", Path=path, AssumeRolePolicyDocument=trusting("sso.amazonaws.com")
    )
    assert refused(iam.put_role_policy, RoleName="sso", PolicyName="deny", PolicyDocument=deny) == (
        "UnmodifiableEntity",
        400,
    )
    account.role("mine", "lambda.amazonaws.com")
    iam.put_role_policy(RoleName="mine", PolicyName="deny", PolicyDocument=deny)

    topic = account.client("sns").create_topic(Name="t")["TopicArn"]
    publish = account.client("sns").publish
    assert refused(publish, TopicArn=topic, Message="m", Subject="two\nlines") == ("InvalidParameter", 400)
    publish(TopicArn=topic, Message="m", Subject="one line")

    account.client("logs").create_log_group(logGroupName="g")
    transformations = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    assert refused(
        account.client("logs").put_metric_filter,
        logGroupName="g",
        filterName="f",
        filterPattern="{ broken",
        metricTransformations=transformations,
    ) == ("InvalidParameterException", 400)


def test_what_services_must_be_let_to_do(account: Account) -> None:
    """The preconditions: a role that Lambda cannot assume, a dead-letter queue it cannot send to, a key not shared."""
    account.role("not-lambdas", "events.amazonaws.com")
    account.role("lambdas", "lambda.amazonaws.com")
    _, queue = account.queue("dead-letters")
    create = account.client("lambda").create_function
    common: dict[str, Any] = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": b"x"}}
    arn = f"arn:aws:iam::{ACCOUNT}:role"
    for role, dead_letters in (("not-lambdas", {}), ("lambdas", {"DeadLetterConfig": {"TargetArn": queue}})):
        assert refused(create, Role=f"{arn}/{role}", **common, **dead_letters) == (
            "InvalidParameterValueException",
            400,
        )


def test_a_secret_under_a_key_needs_the_key_too(account: Account) -> None:
    root = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    key = account.client("kms").create_key(Policy=document(root))["KeyMetadata"]["Arn"]
    account.client("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId=key)
    reader = account.user("reader", allow("secretsmanager:GetSecretValue"))
    both = account.user("both", allow("secretsmanager:GetSecretValue"), allow("kms:Decrypt", key))
    read = account.emulator.client("secretsmanager", HOME, reader).get_secret_value
    assert refused(read, SecretId="s") == ("AccessDeniedException", 400)
    assert account.emulator.client("secretsmanager", HOME, both).get_secret_value(SecretId="s")["SecretString"] == "x"
    (decrypt,) = account.records("Decrypt")
    assert (decrypt["userIdentity"]["userName"], decrypt["resources"][0]["ARN"]) == ("both", key)


def test_publishing_to_an_encrypted_topic_needs_the_key_too(account: Account) -> None:
    root = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    key = account.client("kms").create_key(Policy=document(root))["KeyMetadata"]["Arn"]
    topic = account.client("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    publisher = account.user("publisher", allow("sns:Publish"))
    both = account.user("both", allow("sns:Publish"), allow(["kms:GenerateDataKey*", "kms:Decrypt"], key))
    publish = account.emulator.client("sns", HOME, publisher).publish
    assert refused(publish, TopicArn=topic, Message="m") == ("KMSAccessDenied", 400)
    account.emulator.client("sns", HOME, both).publish(TopicArn=topic, Message="m")
