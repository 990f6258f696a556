"""Facts about a rule's deployment, derived from its condition."""

import gzip
import json
from pathlib import Path

import pytest

from deadfall.rules.sigma.deployment_facts import matches_reads, regions

from .made import rule_of

TESTDATA = Path(__file__).parents[3].parent / "shared" / "testdata" / "cloudtrail"
COVERED = ("eu-central-1", "us-west-2")


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("eventName: GetSecretValue", True),
        ("eventName: getsecretvalue", True),
        ("eventName: StopLogging", False),
        ("eventName: stoplogging", False),
        ("eventName: [StopLogging, Decrypt]", True),
        ("eventName: BatchUpdateFindings", False),
        ("eventName: BatchGetSecretValue", True),
        ("eventName: NoSuchCall", True),  # unknown
        ("eventName: Settle", True),  # has a write verb as a prefix only
        ("eventName: ConsoleLogin", False),
        ("eventName: GetSessionToken", False),  # AWS records it as a write
        ("eventName|startswith: Delete", False),
        ("eventName|startswith: GetSecret", True),
        ("eventName|contains: SecretVal", True),  # PutSecretValue, and GetSecretValue
        ("eventName|endswith: LoggingConfiguration", True),
        ("eventName|contains: Update", True),  # DescribeUpdate
        ("eventName|contains|all: [Delete, Trail]", False),
        ("eventName|re: ^DescribeInst", True),
        ("eventName|re: ^DeleteTrail", False),
        ("a: {eventName|startswith: Describe}\nb: {eventName|re: InstanceTypes$}\ncondition: a and b", True),
        ("a: {eventName|startswith: Describe}\nb: {eventName|re: NoSuchEnd$}\ncondition: a and b", False),
        ("userAgent: x", True),
        ("userAgent: x\nreadOnly: false", False),
        ("userAgent: x\nreadOnly: 'false'", False),
        ("eventName: GetSecretValue\nreadOnly: true", True),
        ("a: {readOnly: true}\ncondition: not a", False),
        ("eventName: GetObject\neventCategory: Data", False),  # these need no rule state
        ("a: {userAgent: x}\ncondition: not (not a)", True),
        ("eventType: AwsServiceEvent", False),
        ("eventType: AwsConsoleSignIn", False),
        ("a: {eventName|startswith: [Get, List, Describe]}\ncondition: not a", True),  # Decrypt
        ("a: {eventName: GetSecretValue}\nb: {userAgent: x}\ncondition: a and not b", True),
        ("a: {eventName: StopLogging}\nb: {userAgent: x}\ncondition: a or b", True),
        ("a: {userAgent|fieldref: eventName}\nk: [foo]\ncondition: a or k", True),
        ("a: {eventName: StopLogging}\nk: [foo]\ncondition: a and k", False),
    ],
)
def test_matches_reads(detection: str, expected: bool) -> None:
    assert matches_reads(rule_of(detection)) is expected


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("eventSource: s3.amazonaws.com", COVERED),
        ("eventSource: iam.amazonaws.com", ("us-east-1",)),
        ("eventSource: IAM.amazonaws.com", ("us-east-1",)),
        ("eventSource: [iam.amazonaws.com, organizations.amazonaws.com]", ("us-east-1",)),
        ("eventSource: [iam.amazonaws.com, s3.amazonaws.com]", (*COVERED, "us-east-1")),
        ("eventSource: sts.amazonaws.com", (*COVERED, "us-east-1")),
        ("eventSource: signin.amazonaws.com", (*COVERED, "us-east-1")),
        ("eventSource|startswith: route53", (*COVERED, "us-east-1")),  # route53resolver is regional
        ("eventName: ConsoleLogin", (*COVERED, "us-east-1")),
        ("userIdentity.type: Root", (*COVERED, "us-east-1")),
        ("awsRegion: us-west-2", ("us-west-2",)),
        ("a: {awsRegion: [us-east-1, us-west-2]}\ncondition: not a", ("eu-central-1",)),
        ("a: {eventSource: iam.amazonaws.com}\ncondition: not a", (*COVERED, "us-east-1")),
        ("eventSource: s3.amazonaws.com\nawsRegion: ap-south-1", ()),
        ("eventSource: iam.amazonaws.com\nawsRegion: eu-central-1", ()),
    ],
)
def test_regions(detection: str, expected: tuple[str, ...]) -> None:
    assert regions(rule_of(detection), COVERED) == expected


def test_covered_us_east_1_keeps_its_position() -> None:
    covered = ("us-east-1", "eu-central-1")
    assert regions(rule_of("eventSource: s3.amazonaws.com"), covered) == covered
    assert regions(rule_of("userAgent: x"), covered) == covered
    assert regions(rule_of("eventSource: iam.amazonaws.com"), covered) == ("us-east-1",)


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="the third-party testdata is not on this machine")
def test_reads_and_writes_of_published_records() -> None:
    records = [
        json.loads(line)["event"]
        for file in TESTDATA.glob("*.jsonl.gz")
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    reads = {record["eventName"] for record in records if record.get("readOnly") is True}
    assert {name for name in reads if not matches_reads(rule_of(f"eventName: {name}"))} == set()
    writes = {record["eventName"] for record in records if record.get("readOnly") is False} - reads
    known = {name for name in writes if not matches_reads(rule_of(f"eventName: {name}"))}
    print(f"{len(reads)} reads, all taken for such; {len(known)} of {len(writes)} writes known")
    assert len(known) > 0.8 * len(writes)
