"""The KMS records behind calls to Parameter Store, and that the coverage table's records are those of the lab."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deadfall.decoys.parameter import ParameterDecoy
from deadfall.lab.access_denied import denial_message
from deadfall.lab.cloudtrail.further_records import further_records
from deadfall.lab.cloudtrail.identity import Caller
from deadfall.lab.cloudtrail.key_use import EncryptionKey
from deadfall.lab.cloudtrail.record import FinishedCall, cloudtrail_record
from deadfall.lab.request_parser import ApiCall, ApiResponse
from deadfall.names import Names
from tests.rules.coverage.test_records import essence

ACCOUNT, REGION, NAME = "111122223333", "eu-west-1", "/prod/ledger/api-token"
ARN = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{NAME}"
KEY = EncryptionKey(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000", "alias/aws/ssm")
MALLORY = Caller(
    *("IAMUser", "AIDAEXAMPLEEXAMPLE234", f"arn:aws:iam::{ACCOUNT}:user/mallory", ACCOUNT),
    *("AKIAEXAMPLEEXAMPLE23", "mallory"),
)
AT = datetime(2026, 11, 21, 6, 7, 8, tzinfo=UTC)
SECURE = {"Name": NAME, "Type": "SecureString"}
PLAIN = {"Name": "/prod/web/port", "Type": "String"}
DECRYPTING = {"WithDecryption": True}


def finished(operation: str, parameters: dict[str, Any], response: ApiResponse) -> FinishedCall:
    call = ApiCall("ssm", operation, REGION, MALLORY.access_key_id, "json", parameters)
    return FinishedCall(call, MALLORY, response, "203.0.113.66", "aws-cli/2", "request", "event", AT)


def following(operation: str, parameters: dict[str, Any], output: dict[str, Any]) -> list[dict[str, Any]]:
    return further_records(finished(operation, parameters, ApiResponse(200, output)), lambda *_: KEY)


@pytest.mark.parametrize(
    ("operation", "parameters", "output", "names"),
    [
        ("GetParameter", {"Name": f"{NAME}:1"}, {"Parameter": SECURE}, ["Decrypt"]),
        ("GetParameter", {"Name": ARN}, {"Parameter": SECURE}, ["Decrypt"]),
        ("GetParameter", {"Name": PLAIN["Name"]}, {"Parameter": PLAIN}, []),
        ("GetParameters", {"Names": [NAME, PLAIN["Name"]]}, {"Parameters": [SECURE, PLAIN]}, ["Decrypt"]),
        ("GetParameters", {"Names": ["/gone"]}, {"Parameters": [], "InvalidParameters": ["/gone"]}, []),
        ("GetParametersByPath", {"Path": "/prod"}, {"Parameters": [SECURE]}, ["Decrypt"]),
        ("GetParameterHistory", {"Name": NAME}, {"Parameters": [SECURE, SECURE]}, ["Decrypt", "Decrypt"]),
    ],
)
def test_a_read_with_decryption_leaves_a_decrypt_of_each_value(
    operation: str, parameters: dict[str, Any], output: dict[str, Any], names: list[str]
) -> None:
    records = following(operation, parameters | DECRYPTING, output)
    assert [record["eventName"] for record in records] == names
    for record in records:
        assert record["requestParameters"]["encryptionContext"] == {"PARAMETER_ARN": ARN}
        assert record["sourceIPAddress"] == record["userIdentity"]["invokedBy"] == "AWS Internal"
        assert record["userIdentity"]["arn"] == MALLORY.arn
    assert following(operation, parameters, output) == []


@pytest.mark.parametrize(("tier", "name"), [("Standard", "Encrypt"), ("Advanced", "GenerateDataKey")])
def test_a_write_of_a_secure_string_encrypts_it(tier: str, name: str) -> None:
    (record,) = following("PutParameter", {**SECURE, "Value": "x"}, {"Version": 1, "Tier": tier})
    assert record["eventName"] == name
    assert record["requestParameters"]["encryptionContext"] == {"PARAMETER_ARN": ARN}
    assert record["requestParameters"]["keyId"] == "alias/aws/ssm"
    assert following("PutParameter", {**PLAIN, "Value": "x"}, {"Version": 1, "Tier": tier}) == []


def test_a_denied_read_leaves_none() -> None:
    denied = ApiResponse(400, {}, "AccessDeniedException", "no")
    assert further_records(finished("GetParameter", {"Name": NAME} | DECRYPTING, denied), lambda *_: KEY) == []


RECORDS = [
    essence(record)
    for touch in ParameterDecoy(kind="parameter", name=NAME).touches(Names(ACCOUNT, REGION, "x"), REGION)
    for trace in touch.traces
    for record in (*trace.documented, *trace.expected)
]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("GetParameter", {"Name": NAME}),
        ("GetParameter", {"Name": f"{ARN}:3"}),
        ("GetParameterHistory", {"Name": NAME}),
        ("GetParameters", {"Names": ["/another", NAME]}),
        ("GetParametersByPath", {"Path": "/prod", "Recursive": True}),
        ("DeleteParameter", {"Name": NAME}),
        ("DeleteParameters", {"Names": ["/another", NAME]}),
        ("GetResourcePolicies", {"ResourceArn": ARN}),
    ],
)
def test_the_table_has_the_records_that_the_lab_writes(operation: str, parameters: dict[str, Any]) -> None:
    assert essence(cloudtrail_record(finished(operation, parameters, ApiResponse(200, {})))) in RECORDS
    message = denial_message(f"ssm:{operation}", MALLORY.arn, ARN, parameters, explicit=False)
    denied = ApiResponse(400, {}, "AccessDeniedException", message)
    if operation != "GetParametersByPath":
        assert essence(cloudtrail_record(finished(operation, parameters, denied))) in RECORDS


def test_the_table_has_the_decrypt_that_the_lab_writes() -> None:
    (decrypt,) = following("GetParameter", {"Name": NAME} | DECRYPTING, {"Parameter": SECURE})
    assert essence(decrypt) in RECORDS
