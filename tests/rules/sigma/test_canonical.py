"""Canonical spellings of AWS's values."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from deadfall.patterns.condition import ANY, Part, Text, values
from deadfall.rules.sigma.canonical import canonical, cased

TESTDATA = Path(__file__).parents[3].parent / "shared" / "testdata" / "cloudtrail"
STAR = Part(wildcard=ANY)


@pytest.mark.parametrize(
    ("field", "text", "written"),
    [
        ("eventName", "getsecretvalue", "GetSecretValue"),
        ("eventName", "CONSOLELOGIN", "ConsoleLogin"),
        ("eventName", "CreateInvalidation2020_05_31", "CreateInvalidation2020_05_31"),
        ("eventName", "CreateApiKey", None),  # API Gateway's; AppSync's is CreateApiKey, OpenSearch's CreateAPIKey
        ("eventName", "NoSuchCall", None),
        ("eventSource", "S3.AmazonAWS.com", "s3.amazonaws.com"),
        ("awsRegion", "EU-West-1", "eu-west-1"),
        ("eventType", "awsapicall", "AwsApiCall"),
        ("eventType", "AwsConsoleSignIn", None),  # AWS writes it in two ways
        ("userIdentity.type", "iamuser", "IAMUser"),
        ("additionalEventData.MFAUsed", "No", None),  # as it does this
        ("errorMessage", "FAILED authentication", "Failed authentication"),
        ("errorMessage", "failed", None),
        ("errorCode", "accessdenied", "AccessDenied"),
        ("errorCode", "ThrottlingException", None),
        ("userIdentity.sessionContext.attributes.mfaAuthenticated", "False", "false"),
        ("userAgent", "aws-cli", None),
        ("requestParameters.eventName", "getsecretvalue", None),
    ],
)
def test_canonical(field: str, text: str, written: str | None) -> None:
    assert canonical(field, text) == written


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("userAgent", Text.literal("A", cased=True), Text.literal("A", cased=True)),
        ("userAgent", Text.literal("A"), None),
        ("userAgent", Text.literal("1.2-*"), Text.literal("1.2-*", cased=True)),
        ("userAgent", Text((STAR,)), Text((STAR,), cased=True)),
        ("userAgent", Text.literal("ä"), None),
        ("eventName", Text.literal("stoplogging"), Text.literal("StopLogging", cased=True)),
        ("eventName", Text((Part("Stop"), STAR)), None),
        ("eventSource", Text((Part("S3"), STAR)), Text((Part("s3"), STAR), cased=True)),
    ],
)
def test_cased(field: str, text: Text, expected: Text | None) -> None:
    assert cased(field, text) == expected


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_published_records_use_these_spellings() -> None:
    fields = (
        *("eventName", "eventSource", "eventType", "eventCategory", "userIdentity.type"),
        *("userIdentity.sessionContext.sessionIssuer.type", "responseElements.ConsoleLogin"),
        *("userIdentity.sessionContext.attributes.mfaAuthenticated", "additionalEventData.MFAUsed"),
    )
    records: list[dict[str, Any]] = [
        json.loads(line)["event"]
        for file in TESTDATA.glob("*.jsonl.gz")
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    pairs = [(field, value) for record in records for field in fields for value in values(record, field)]
    errors = [
        (field, value)
        for record in records
        for field in ("errorCode", "errorMessage")
        for value in values(record, field)
        if canonical(field, value) is not None
    ]
    assert {value for _, value in errors} == {
        *("AccessDenied", "Client.UnauthorizedOperation"),
        *("Failed authentication", "No username found in supplied account"),
    }
    known = [(field, value) for field, value in pairs if canonical(field, value) is not None]
    print(f"{len(known)} of {len(pairs)} values in {len(records)} records have one spelling")
    assert len(known) > len(pairs) * 0.9
    assert [(field, value) for field, value in known if canonical(field, value) != value] == []
