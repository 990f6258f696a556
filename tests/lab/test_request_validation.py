"""Refusals for form: AWS's constraints on enums, patterns, lengths, ranges and required parameters."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from deadfall.lab.request_parser import ApiCall, service_model
from deadfall.lab.request_validation import Refusal, check, compiled_pattern

from .conftest import Account


def refusal(service: str, operation: str, **parameters: Any) -> Refusal | None:
    return check(ApiCall(service, operation, "us-east-1", "AKIAX", "json", parameters))


def one(detail: str) -> str:
    return f"1 validation error detected: {detail}"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "message"),
    [
        (
            "iam",
            "PutUserPolicy",
            {"UserName": "u", "PolicyName": "p"},
            "ValidationError",
            one("Value null at 'policyDocument' failed to satisfy constraint: Member must not be null"),
        ),
        (
            "iam",
            "GetUser",
            {"UserName": "u" * 129},
            "ValidationError",
            one(
                f"Value '{'u' * 129}' at 'userName' failed to satisfy constraint: Member must have length less than or "
                "equal to 128"
            ),
        ),
        (
            "iam",
            "GetUser",
            {"UserName": "a user"},
            "ValidationError",
            one(
                "Value 'a user' at 'userName' failed to satisfy constraint: Member must satisfy regular expression "
                r"pattern: [\w+=,.@-]+"
            ),
        ),
        (
            "events",
            "PutRule",
            {"Name": "r", "State": "ON"},
            "ValidationException",
            one(
                "Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: "
                "[ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]"
            ),
        ),
        (
            "cloudwatch",
            "PutMetricAlarm",
            {"AlarmName": "a", "EvaluationPeriods": 0, "ComparisonOperator": "GreaterThanThreshold"},
            "ValidationError",
            one(
                "Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must have value greater than or "
                "equal to 1"
            ),
        ),
        (
            "logs",
            "PutRetentionPolicy",
            {"logGroupName": "", "retentionInDays": 7},
            "InvalidParameterException",
            "2 validation errors detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1; Value '' at 'logGroupName' failed to satisfy constraint: Member must "
            r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ),
        (
            "secretsmanager",
            "CreateSecret",
            {"Name": "n", "SecretString": "x" * 65_537},
            "ValidationException",
            one(
                "Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal "
                "to 65536"
            ),
        ),
        (
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Id": "1"}]},
            "ValidationException",
            one("Value null at 'targets.1.member.arn' failed to satisfy constraint: Member must not be null"),
        ),
        (
            "lambda",
            "CreateFunction",
            {"FunctionName": "f", "Role": "arn:aws:iam::111122223333:role/r", "Code": {}, "Timeout": "20"},
            "ValidationException",
            one("Value at 'timeout' is of the wrong type: integer expected, got str"),
        ),
        (
            "iam",
            "CreateLoginProfile",
            {"UserName": "u", "Password": ""},
            "ValidationError",
            "2 validation errors detected: Value at 'password' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1; Value at 'password' failed to satisfy constraint: Member must satisfy regular "
            r"expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+",
        ),
    ],
)
def test_what_aws_refuses(service: str, operation: str, parameters: dict[str, Any], code: str, message: str) -> None:
    assert refusal(service, operation, **parameters) == Refusal(code, message, 400)


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("iam", "PutUserPolicy", {"UserName": "u", "PolicyName": "p", "PolicyDocument": "{}"}),
        ("iam", "GetUser", {"UserName": "u" * 128}),
        ("events", "PutRule", {"Name": "r", "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}),
        ("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": "x" * 65_536}),
        ("sts", "GetCallerIdentity", {}),
        ("sqs", "CreateQueue", {"QueueName": "q", "Attributes": {"VisibilityTimeout": "30"}}),
    ],
)
def test_what_it_does_not(service: str, operation: str, parameters: dict[str, Any]) -> None:
    assert refusal(service, operation, **parameters) is None


def test_a_call_that_could_not_be_read_or_has_more_than_the_model() -> None:
    unreadable = ApiCall("events", "PutRule", "us-east-1", "AKIAX", "json", malformed="no JSON")
    assert check(unreadable) == Refusal("SerializationException", "The request body cannot be read: no JSON")
    unknown = ApiCall("events", "PutRule", "us-east-1", "AKIAX", "json", {"Name": "r"}, unknown=("Colour",))
    assert check(unknown) == Refusal("ValidationException", "Unknown parameters for PutRule: Colour")


def test_patterns_match_whole_values_in_ascii() -> None:
    assert refusal("iam", "GetUser", UserName="user\n") is not None
    assert refusal("iam", "GetUser", UserName="üser") is not None
    assert compiled_pattern(r"[\p{L}\p{Z}]+") is None


def test_nearly_every_pattern_of_the_services_in_use_is_checked() -> None:
    services = (
        "iam",
        "sts",
        "secretsmanager",
        "kms",
        "s3",
        "cloudtrail",
        "logs",
        "cloudwatch",
        "events",
        "sns",
        "lambda",
    )
    patterns = {
        shape.metadata["pattern"]
        for service in services
        for shape in map(service_model(service).shape_for, service_model(service).shape_names)
        if "pattern" in shape.metadata
    }
    unchecked = [pattern for pattern in patterns if compiled_pattern(pattern) is None]
    assert len(patterns) > 180
    assert len(unchecked) <= 12, unchecked


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.sampled_from(["PutTargets", "PutRule", "PutEvents"]), st.dictionaries(st.text(max_size=8), values), values)
def test_any_parameters_get_an_answer(operation: str, parameters: dict[str, Any], targets: Any) -> None:
    found = refusal("events", operation, **parameters | {"Targets": targets, "Rule": targets})
    assert found is None or found.message


def test_boto3_shows_a_refusal_in_every_protocol(account: Account) -> None:
    calls = {
        "iam": lambda: account.client("iam").get_user(UserName="a user"),
        "events": lambda: account.client("events").put_rule(Name="a rule"),
        "sqs": lambda: account.client("sqs").create_queue(QueueName="q", Attributes={"Colour": "red"}),
        "s3": lambda: account.client("s3").create_bucket(Bucket="bucket", ACL="everybody"),
        "lambda": lambda: account.client("lambda").get_function(FunctionName="a function"),
        "cloudwatch": lambda: account.client("cloudwatch").describe_alarms(StateValue="RED"),
    }
    codes = {}
    for service, call in calls.items():
        with pytest.raises(ClientError) as refused:
            call()
        codes[service] = refused.value.response["Error"]["Code"]
        assert "failed to satisfy constraint" in refused.value.response["Error"]["Message"]
    assert codes == {
        "iam": "ValidationError",
        "events": "ValidationException",
        "sqs": "InvalidParameterValue",
        "s3": "MalformedXML",
        "lambda": "ValidationException",
        "cloudwatch": "ValidationError",
    }
    refusals = [(entry["service"], entry["operation"]) for entry in account.entries("refused")]
    assert refusals == [
        ("iam", "GetUser"),
        ("events", "PutRule"),
        ("sqs", "CreateQueue"),
        ("s3", "CreateBucket"),
        ("lambda", "GetFunction"),
        ("cloudwatch", "DescribeAlarms"),
    ]
    assert [record["errorCode"] for record in account.records()] == list(codes.values())


def test_a_caller_who_may_not_is_told_that_first(account: Account) -> None:
    nobody = account.emulator.client("iam", "us-east-1", account.user("nobody"))
    with pytest.raises(ClientError) as denied:
        nobody.get_user(UserName="a user")
    assert denied.value.response["Error"]["Code"] == "AccessDenied"
