"""CloudTrail records: built from calls as real records tell them, and compared with those real records."""

import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deadfall.lab.access_denied import denial_message
from deadfall.lab.cloudtrail import naming
from deadfall.lab.cloudtrail.further_records import further_records
from deadfall.lab.cloudtrail.identity import Caller, Issuer, forwarded_identity, user_identity
from deadfall.lab.cloudtrail.key_use import EncryptionKey
from deadfall.lab.cloudtrail.record import FinishedCall, cloudtrail_record
from deadfall.lab.request_parser import ApiCall, ApiResponse, service_model

TESTDATA = Path(__file__).parents[3] / "shared" / "testdata" / "cloudtrail"
SERVICES = {
    "cloudtrail.amazonaws.com": "cloudtrail",
    "events.amazonaws.com": "events",
    "iam.amazonaws.com": "iam",
    "kms.amazonaws.com": "kms",
    "lambda.amazonaws.com": "lambda",
    "logs.amazonaws.com": "logs",
    "monitoring.amazonaws.com": "cloudwatch",
    "s3.amazonaws.com": "s3",
    "secretsmanager.amazonaws.com": "secretsmanager",
    "sns.amazonaws.com": "sns",
    "ssm.amazonaws.com": "ssm",
    "sts.amazonaws.com": "sts",
}
# Fields of a real record that depend on where the call came from, not on what it was.
CIRCUMSTANTIAL = {"sessionCredentialFromConsole", "tlsDetails", "vpcEndpointId", "vpcEndpointAccountId"}
# What AWS adds to records that stands in no service model, or denies for reasons that are not IAM's.
NOT_OURS = {
    ("SendCommand", "requestParameters"): "interactive",
    ("SendCommand", "responseElements"): "clientName, clientSourceId and others",
    ("UpdateFunctionCode20150331v2", "requestParameters"): "fullyQualifiedArn, when the function is named by its ARN",
    ("UpdateFunctionConfiguration20150331v2", "responseElements"): "uncompressedCodeSize of layers",
    ("GetSessionToken", "requestParameters"): "a wrong MFA code is AccessDenied, but keeps the parameters",
}

ACCOUNT = "111122223333"
MALLORY = Caller("IAMUser", "AIDAMALLORY", f"arn:aws:iam::{ACCOUNT}:user/mallory", ACCOUNT, "AKIAMALLORY", "mallory")
AT = datetime(2026, 11, 21, 6, 7, 8, tzinfo=UTC)


def finished(call: ApiCall, response: ApiResponse, caller: Caller = MALLORY) -> FinishedCall:
    return FinishedCall(call, caller, response, "203.0.113.66", "aws-cli/2", "request-1", "event-1", AT)


def call(service: str, operation: str, **parameters: Any) -> ApiCall:
    return ApiCall(service, operation, "eu-central-1", MALLORY.access_key_id, "json", parameters)


# --- conformance ------------------------------------------------------------------------------------------------------


def real_records() -> list[dict[str, Any]]:
    if not TESTDATA.is_dir():
        pytest.skip(f"no real CloudTrail records: {TESTDATA} is absent")
    records = []
    for name in ("stratus_detonations", "traildiscover"):
        with gzip.open(TESTDATA / f"{name}.jsonl.gz", "rt") as lines:
            records += [json.loads(line)["event"] for line in lines]
    return [record for record in records if record.get("eventSource") in SERVICES]


def operation_of(record: dict[str, Any]) -> tuple[str, str] | None:
    service = SERVICES[record["eventSource"]]
    for operation in service_model(service).operation_names:
        if naming.event_name(ApiCall(service, operation, "us-east-1", "", "json")) == record["eventName"]:
            return service, operation
    return None


def typed(value: Any, shape: Any) -> Any:
    """A CloudTrail value back in the API's casing and types; what the model does not have is left out."""
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {name[:1].lower() + name[1:]: name for name in shape.members}
        return {names[key]: typed(item, shape.members[names[key]]) for key, item in value.items() if key in names}
    if shape.type_name == "list" and isinstance(value, list):
        return [typed(item, shape.member) for item in value]
    if shape.type_name == "timestamp":
        return AT
    return value


def shape_of(value: Any) -> Any:
    """Names and types of a record's value, without what stands in them."""
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape_of(item) for item in value[:1]]
    return type(value).__name__


def s3_parameters(shown: dict[str, Any]) -> dict[str, Any]:
    """S3 records show the request on the wire: what stands in them, as the API's parameters."""
    found = {"Bucket": shown["bucketName"]} if "bucketName" in shown else {}
    if "x-amz-acl" in shown:
        found["ACL"] = shown["x-amz-acl"]
    if "bucketPolicy" in shown:
        found["Policy"] = json.dumps(shown["bucketPolicy"])
    if versioning := shown.get("VersioningConfiguration"):
        found["VersioningConfiguration"] = {"Status": versioning["Status"]}
    return found


def rebuilt(record: dict[str, Any], service: str, operation: str) -> dict[str, Any]:
    """Our record of the call that a real record tells of."""
    model = service_model(service).operation_model(operation)
    parameters = typed(record["requestParameters"] or {}, model.input_shape) if model.input_shape else {}
    if service == "s3":
        parameters |= s3_parameters(record["requestParameters"])
    output = typed(record["responseElements"] or {}, model.output_shape) if model.output_shape else {}
    response = ApiResponse(200, output)
    if "errorCode" in record:
        response = ApiResponse(400, {}, record["errorCode"], record.get("errorMessage", ""))
    made = ApiCall(service, operation, record["awsRegion"], "AKIA", "json", parameters)
    return cloudtrail_record(finished(made, response))


def test_records_have_the_shape_of_real_ones(capsys: pytest.CaptureFixture[str]) -> None:
    compared: Counter[tuple[str, bool]] = Counter()
    differences = []
    for record in real_records():
        found, name = operation_of(record), record["eventName"]
        if found is None or record.get("eventType") != "AwsApiCall" or not record.get("managementEvent", True):
            continue
        ours = rebuilt(record, *found)
        compared[f"{record['eventSource']} {name}", "errorCode" in record] += 1
        for field in ("eventSource", "eventName", "errorCode", "errorMessage", "readOnly", "managementEvent"):
            if ours.get(field) != record.get(field):
                differences.append((name, field, ours.get(field), record.get(field)))
        missing, extra = {*record} - {*ours} - CIRCUMSTANTIAL, {*ours} - {*record} - CIRCUMSTANTIAL
        if missing or extra:
            differences.append((name, "fields", missing, extra))
        for field in ("requestParameters", "responseElements"):
            if shape_of(ours[field]) != shape_of(record[field]) and (name, field) not in NOT_OURS:
                differences.append((name, field, shape_of(ours[field]), shape_of(record[field])))
    with capsys.disabled():
        failed = sum(is_error for _, is_error in compared)
        print(
            f"\n{compared.total()} real records compared: {len(compared)} different calls, {failed} of them failed ones"
        )
    assert differences == []


def test_denials_are_worded_as_real_ones(capsys: pytest.CaptureFixture[str]) -> None:
    entities = {"user": "UserName", "role": "RoleName", "group": "GroupName", "policy": "PolicyArn"}
    entities["instance profile"] = "InstanceProfileName"
    form = re.compile(
        r"User: (?P<arn>\S+) is not authorized to perform: (?P<action>\S+)"
        r"(?: on resource: (?P<resource>.*?))?(?: because no identity-based policy allows the \S+ action)?"
    )
    compared, differences = 0, []
    for record in real_records():
        match = form.fullmatch(record.get("errorMessage", ""))
        if not match or record["eventSource"] == "ssm.amazonaws.com":
            continue
        resource, parameters = match["resource"] or "*", {}
        service = match["action"].split(":")[0].lower()
        entity = next((name for name in entities if resource.startswith(f"{name} ")), None)
        if service == "secretsmanager" and match["resource"]:
            parameters = {"SecretId": resource}
        elif service == "iam" and entity:
            parameters = {entities[entity]: resource.removeprefix(f"{entity} ")}
        if record["eventName"] == "CreatePolicy":
            parameters = {"PolicyName": resource.removeprefix("policy ")}
        if record["eventName"] == "SetDefaultPolicyVersion":
            parameters = {"PolicyArn": resource.split()[1], "VersionId": resource.split()[3]}
        action = f"{service}:{match['action'].split(':')[1]}"
        ours = denial_message(action, match["arn"], resource, parameters, explicit=False)
        compared += 1
        if ours != record["errorMessage"]:
            differences.append((ours, record["errorMessage"]))
    with capsys.disabled():
        print(f"\n{compared} real denials compared")
    assert differences == []


# --- identities -------------------------------------------------------------------------------------------------------

ISSUED_AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC).timestamp()
ROLE = Issuer("Role", "AROAROLE", f"arn:aws:iam::{ACCOUNT}:role/team/reader", ACCOUNT, "reader")
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/alice"
SESSION = Caller("AssumedRole", "AROAROLE:alice", SESSION_ARN, ACCOUNT, "ASIASESSION", None, ISSUED_AT, ROLE)
ATTRIBUTES = {"creationDate": "2026-11-21T06:00:00Z", "mfaAuthenticated": "false"}


def test_a_users_long_term_key() -> None:
    assert user_identity(MALLORY) == {
        "type": "IAMUser",
        "principalId": "AIDAMALLORY",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAMALLORY",
        "userName": "mallory",
    }


def test_a_users_session_has_attributes_and_no_issuer() -> None:
    temporary = replace(MALLORY, access_key_id="ASIAMALLORY", session_issued_at=ISSUED_AT)
    assert user_identity(temporary)["sessionContext"] == {"attributes": ATTRIBUTES}


def test_a_roles_session_names_the_role_by_its_own_arn() -> None:
    assert user_identity(SESSION) == {
        "type": "AssumedRole",
        "principalId": "AROAROLE:alice",
        "arn": SESSION_ARN,
        "accountId": ACCOUNT,
        "accessKeyId": "ASIASESSION",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAROLE",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/team/reader",
                "accountId": ACCOUNT,
                "userName": "reader",
            },
            "attributes": ATTRIBUTES,
        },
    }


def test_a_service_acts_with_a_key_of_its_own_for_the_same_principal() -> None:
    identity = forwarded_identity(MALLORY, "secretsmanager.amazonaws.com", AT)
    key = identity.pop("accessKeyId")
    assert re.fullmatch("ASIA[A-Z2-7]{16}", key)
    assert identity == {
        "type": "IAMUser",
        "principalId": "AIDAMALLORY",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory",
        "accountId": ACCOUNT,
        "userName": "mallory",
        "sessionContext": {"attributes": {"creationDate": "2026-11-21T06:07:08Z", "mfaAuthenticated": "false"}},
        "invokedBy": "secretsmanager.amazonaws.com",
    }


# --- records ----------------------------------------------------------------------------------------------------------

DENIED = ApiResponse(400, {}, "AccessDeniedException", "User: ... is not authorized to perform: ...")
SECRET_ARN = f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:prod/db-root-AbCdEf"


def test_a_whole_record() -> None:
    record = cloudtrail_record(finished(call("secretsmanager", "GetSecretValue", SecretId="x"), ApiResponse(200, {})))
    assert record == {
        "eventVersion": "1.11",
        "userIdentity": user_identity(MALLORY),
        "eventTime": "2026-11-21T06:07:08Z",
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": "GetSecretValue",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "203.0.113.66",
        "userAgent": "aws-cli/2",
        "requestParameters": {"secretId": "x"},
        "responseElements": None,
        "requestID": "request-1",
        "eventID": "event-1",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "secretsmanager.eu-central-1.amazonaws.com",
        },
    }


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        (call("secretsmanager", "GetSecretValue", SecretId="x"), None),
        (call("iam", "PutUserPolicy", UserName="u", PolicyName="p", PolicyDocument="{}"), None),
        (call("kms", "Decrypt", CiphertextBlob=b"x"), None),
        (call("ec2", "DescribeInstances", MaxResults=5), {"maxResults": 5}),
        (
            call("s3", "GetBucketPolicy", Bucket="b"),
            {"Host": "b.s3.eu-central-1.amazonaws.com", "bucketName": "b", "policy": ""},
        ),
    ],
)
def test_most_services_forget_the_parameters_of_a_denied_call(made: ApiCall, kept: dict[str, Any] | None) -> None:
    record = cloudtrail_record(finished(made, DENIED))
    assert record["requestParameters"] == kept
    assert record["errorCode"] == ("Client.AccessDeniedException" if made.service == "ec2" else "AccessDenied")


def test_no_secret_gets_into_a_record() -> None:
    canary = "hunter2-is-the-password"
    calls = [
        (call("secretsmanager", "CreateSecret", Name="n", SecretString=canary), {"ARN": SECRET_ARN, "Name": "n"}),
        (call("secretsmanager", "PutSecretValue", SecretId="n", SecretString=canary), {"ARN": SECRET_ARN}),
        (call("iam", "CreateLoginProfile", UserName="u", Password=canary), {}),
        (
            call("iam", "CreateAccessKey", UserName="u"),
            {"AccessKey": {"AccessKeyId": "AKIA", "SecretAccessKey": canary}},
        ),
        (call("sts", "AssumeRole", RoleArn=ROLE.arn), {"Credentials": {"AccessKeyId": "A", "SecretAccessKey": canary}}),
        (call("sts", "GetSessionToken"), {"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": canary}}),
        (call("kms", "Encrypt", KeyId="k", Plaintext=canary.encode()), {}),
        (call("ssm", "PutParameter", Name="n", Value=canary), {}),
        (
            call("lambda", "CreateFunction", Environment={"Variables": {"KEY": canary}}),
            {"Environment": {"Variables": {"K": canary}}},
        ),
        (call("lambda", "UpdateFunctionCode", FunctionName="f", ZipFile=canary.encode()), {}),
    ]
    records = [cloudtrail_record(finished(made, ApiResponse(200, output))) for made, output in calls]
    assert canary not in str(records)
    assert records[0]["requestParameters"] == {"name": "n"}
    assert records[0]["responseElements"] == {"arn": SECRET_ARN}
    assert records[3]["responseElements"] == {"accessKey": {"accessKeyId": "AKIA"}}
    assert records[7]["requestParameters"] == {"name": "n", "value": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    assert records[8]["requestParameters"] == {"environment": {}}


def test_iam_errors_are_recorded_by_their_exceptions_name() -> None:
    response = ApiResponse(404, {}, "NoSuchEntity", "The user with name u cannot be found.")
    record = cloudtrail_record(finished(call("iam", "GetUser", UserName="u"), response))
    assert (record["errorCode"], record["requestParameters"]) == ("NoSuchEntityException", {"userName": "u"})


@pytest.mark.parametrize(
    ("service", "operation", "read_only"),
    [
        ("secretsmanager", "GetSecretValue", True),
        ("secretsmanager", "BatchGetSecretValue", True),
        ("kms", "Decrypt", True),
        ("kms", "CreateKey", False),
        ("sts", "AssumeRole", True),
        ("sts", "GetCallerIdentity", True),
        ("sts", "GetSessionToken", False),
        ("sts", "GetFederationToken", False),
        ("iam", "PutUserPolicy", False),
        ("logs", "FilterLogEvents", True),
        ("s3", "PutBucketPolicy", False),
    ],
)
def test_reads_and_writes(service: str, operation: str, read_only: bool) -> None:
    assert naming.is_read_only(call(service, operation)) is read_only


@pytest.mark.parametrize(
    ("service", "operation", "is_management"),
    [
        ("s3", "GetObject", False),
        ("s3", "ListObjectsV2", False),
        ("s3", "GetBucketPolicy", True),
        ("s3", "ListBuckets", True),
        ("dynamodb", "GetItem", False),
        ("dynamodb", "DescribeTable", True),
        ("sqs", "SendMessage", False),
        ("sqs", "CreateQueue", True),
        ("sns", "Publish", False),
        ("lambda", "Invoke", False),
        ("logs", "PutLogEvents", False),
        ("cloudwatch", "PutMetricData", False),
        ("events", "PutEvents", False),
        ("events", "PutRule", True),
        ("secretsmanager", "GetSecretValue", True),
    ],
)
def test_management_events(service: str, operation: str, is_management: bool) -> None:
    assert naming.is_management_event(call(service, operation)) is is_management


# --- the key behind a secret ------------------------------------------------------------------------------------------

KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
READ = finished(
    call("secretsmanager", "GetSecretValue", SecretId="prod/db-root"),
    ApiResponse(200, {"ARN": SECRET_ARN, "VersionId": "v1", "SecretString": "hunter2"}),
)


def key_of(account_id: str, region: str, service: str, resource_arn: str) -> EncryptionKey:
    return EncryptionKey(KEY, f"alias/aws/{service}")


def test_a_secret_read_leaves_a_decrypt_with_the_full_arn() -> None:
    (record,) = further_records(READ, key_of)
    assert [len(record.pop(name)) for name in ("requestID", "eventID")] == [36, 36]
    assert record == {
        "eventVersion": "1.11",
        "userIdentity": forwarded_identity(MALLORY, "secretsmanager.amazonaws.com", AT),
        "eventTime": "2026-11-21T06:07:08Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "secretsmanager.amazonaws.com",
        "userAgent": "secretsmanager.amazonaws.com",
        "requestParameters": {
            "encryptionContext": {"SecretARN": SECRET_ARN, "SecretVersionId": "v1"},
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        },
        "responseElements": None,
        "readOnly": True,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": KEY}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


@pytest.mark.parametrize(
    "other",
    [
        replace(READ, response=DENIED),
        replace(READ, call=call("secretsmanager", "DescribeSecret", SecretId="x")),
        replace(READ, call=call("kms", "Decrypt")),
    ],
)
def test_nothing_else_leaves_one(other: FinishedCall) -> None:
    assert further_records(other, key_of) == []


def test_a_batch_read_leaves_a_read_and_a_decrypt_of_every_secret() -> None:
    values = [{"ARN": SECRET_ARN, "VersionId": "v1"}, {"ARN": f"{SECRET_ARN}2", "VersionId": "v2"}]
    batch = replace(
        READ,
        call=call("secretsmanager", "BatchGetSecretValue", SecretIdList=["prod/db-root", "other"]),
        response=ApiResponse(200, {"SecretValues": values}),
    )
    records = further_records(batch, key_of)
    assert [(record["eventName"], record["requestParameters"].get("secretId")) for record in records] == [
        ("GetSecretValue", SECRET_ARN),
        ("Decrypt", None),
        ("GetSecretValue", f"{SECRET_ARN}2"),
        ("Decrypt", None),
    ]
    assert len({record["eventID"] for record in records}) == 4
