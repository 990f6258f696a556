"""What botocore serializes, the lab reads back: every operation of the services that the project uses."""

import random
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from deadfall.lab.request_parser import ApiCall, error_response, parse_request, parse_response, service_model

SERVICES = [
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
    "sqs",
    "dynamodb",
    "lambda",
    "ec2",
    "ssm",
]
SAMPLES = 3
# Operations whose request is also another operation's, or that have no fixed one.
AMBIGUOUS = {
    "GetBucketLifecycle",  # replaced by ...Configuration, at the same URI
    "GetBucketNotification",
    "PutBucketLifecycle",
    "PutBucketNotification",
    "ListDirectoryBuckets",  # ListBuckets, at another endpoint
    "WriteGetObjectResponse",  # at a host made from its parameters
}


def sample(shape: Any, chance: random.Random, depth: int = 0) -> Any:
    """A value of a shape with some of its optional members."""
    match shape.type_name:
        case "structure":
            members = list(shape.members.items())
            if shape.is_tagged_union:
                members = [chance.choice(members)]
            chosen = [
                (name, member)
                for name, member in members
                if name in shape.required_members or (depth < 3 and chance.random() < 0.6)
            ]
            # An empty structure inside another cannot be told from none in the query protocol.
            return {name: sample(member, chance, depth + 1) for name, member in chosen or members[: 1 if depth else 0]}
        case "list":
            return [sample(shape.member, chance, depth + 1) for _ in range(chance.randint(1, 2))]
        case "map":
            return {
                sample(shape.key, chance, depth + 1): sample(shape.value, chance, depth + 1)
                for _ in range(chance.randint(1, 2))
            }
        case "string":
            return chance.choice(shape.enum or ["a b/c&d=e+f%", "xxxx", "é<>\"'", "{}"])
        case "integer" | "long":
            return chance.randint(1, 99)
        case "float" | "double":
            return chance.choice([0.5, 2.0])
        case "boolean":
            return chance.random() < 0.5
        case "timestamp":
            return datetime(2026, 11, 21, 6, 7, chance.randint(0, 59), tzinfo=UTC)
        case "blob":
            return b"\x00\xff bytes"
    raise AssertionError(shape.type_name)


def sent(service: str, operation: str, parameters: dict[str, Any]) -> tuple[str, str, str, dict[str, str], bytes]:
    """(method, path, query, headers, body) as botocore sends a call, signature and all but its value."""
    model = service_model(service)
    protocol = (model.metadata.get("protocols") or [model.protocol])[0]
    request: Any = create_serializer(protocol, include_validation=False).serialize_to_request(
        parameters, model.operation_model(operation)
    )
    path, _, fixed = request["url_path"].partition("?")
    query = "&".join(part for part in (fixed, urlencode(request["query_string"] or {}, doseq=True)) if part)
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    scope = model.metadata.get("signingName") or model.metadata["endpointPrefix"]
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=AKIAX/20261121/eu-central-1/{scope}/aws4_request, Signature=x"
    )
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    return request["method"], path, query, headers, body.encode() if isinstance(body, str) else body


@pytest.mark.parametrize("service", SERVICES)
def test_every_call_is_read_back_as_it_was_made(service: str) -> None:
    wrong, checked = [], 0
    for operation in service_model(service).operation_names:
        if operation in AMBIGUOUS:
            continue
        shape = service_model(service).operation_model(operation).input_shape
        for number in range(SAMPLES):
            parameters = sample(shape, random.Random(f"{service} {operation} {number}")) if shape else {}  # noqa: S311
            read = parse_request(*sent(service, operation, parameters))
            checked += 1
            if (
                read is None
                or (read.service, read.operation, read.region, read.access_key_id)
                != (service, operation, "eu-central-1", "AKIAX")
                or (read.parameters, read.unknown, read.malformed) != (parameters, (), None)
            ):
                wrong.append((operation, parameters, read))
    assert wrong == []
    assert checked >= SAMPLES * 10


def test_cloudwatch_speaks_cbor() -> None:
    read = parse_request(*sent("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a"]}))
    assert read is not None
    assert (read.protocol, read.parameters) == ("smithy-rpc-v2-cbor", {"AlarmNames": ["a"]})


def test_a_request_that_is_not_signed_or_not_awss_is_no_call() -> None:
    method, path, query, headers, body = sent("iam", "ListUsers", {})
    assert parse_request(method, path, query, headers, body) is not None
    assert parse_request(method, path, query, headers | {"authorization": ""}, body) is None
    assert parse_request(method, path, query, headers, b"Action=NoSuchAction") is None
    other = {"authorization": headers["authorization"].replace("/iam/", "/no-such-service/")}
    assert parse_request(method, path, query, headers | other, body) is None


def test_a_presigned_request_names_its_key_in_the_query() -> None:
    query = "X-Amz-Credential=AKIAX%2F20261121%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Signature=x"
    read = parse_request("GET", "/bucket/key", query, {}, b"")
    assert read == ApiCall("s3", "GetObject", "eu-central-1", "AKIAX", "rest-xml", {"Bucket": "bucket", "Key": "key"})


def test_what_the_model_does_not_have_is_named() -> None:
    method, path, query, headers, _ = sent("events", "PutTargets", {"Rule": "r", "Targets": []})
    body = b'{"Rule": "r", "Colour": 1, "Targets": [{"Id": "1", "Arn": "a", "Weight": 2}]}'
    read = parse_request(method, path, query, headers, body)
    assert read is not None and read.unknown == ("Colour", "Targets.1.Weight")
    method, path, query, headers, body = sent("iam", "CreateUser", {"UserName": "u"})
    read = parse_request(method, path, query, headers, body + b"&Colour=red&Tags.member.1.Kee=k")
    assert read is not None and read.unknown == ("Colour", "Tags.member.1.Kee")
    read = parse_request(method, path, query, headers, body + b"&\xff")
    assert read is not None and read.unknown == ("\ufffd",)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "body"),
    [
        ("events", "PutRule", {"Name": "r"}, b"{"),
        ("events", "PutTargets", {"Rule": "r", "Targets": []}, b'{"Targets": 5}'),
        ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a"]}, b"\xff"),
        ("s3", "PutBucketVersioning", {"Bucket": "b", "VersioningConfiguration": {}}, b"<Versioning"),
        ("iam", "ListUsers", {}, b"Action=ListUsers&MaxItems=many"),
    ],
)
def test_a_body_that_cannot_be_read_is_malformed_and_no_crash(
    service: str, operation: str, parameters: dict[str, Any], body: bytes
) -> None:
    method, path, query, headers, _ = sent(service, operation, parameters)
    read = parse_request(method, path, query, headers, body)
    assert read is not None and read.operation == operation
    assert read.malformed is not None and read.parameters == {}


@pytest.mark.parametrize(
    ("service", "operation", "protocol"),
    [
        ("iam", "GetUser", "query"),
        ("ec2", "DescribeInstances", "ec2"),
        ("events", "PutRule", "json"),
        ("sqs", "CreateQueue", "json"),
        ("lambda", "GetFunction", "rest-json"),
        ("s3", "GetBucketPolicy", "rest-xml"),
        ("cloudwatch", "PutMetricAlarm", "smithy-rpc-v2-cbor"),
    ],
)
def test_an_error_is_what_the_sdk_raises(service: str, operation: str, protocol: str) -> None:
    call = ApiCall(service, operation, "eu-central-1", "AKIAX", protocol)
    message = "Value '<é & \"x\">' at 'name' is wrong: " + "x" * 300
    status, headers, body = error_response(call, "LimitExceeded", message, 409, "request-1")
    response = {"status_code": status, "headers": HeadersDict(headers), "body": body, "context": {}}
    parsed: Any = create_parser(protocol).parse(response, call.model.output_shape)
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == ("LimitExceeded", message)
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 409
    read = parse_response(call, status, headers, body)
    assert (read.status, read.output, read.error_code, read.error_message) == (409, {}, "LimitExceeded", message)
