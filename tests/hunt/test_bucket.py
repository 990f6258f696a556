"""`deadfall hunt s3://...`, against moto."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import pytest
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count
from urllib3.exceptions import ProtocolError

from deadfall.hunt import bucket
from deadfall.hunt.bucket import Bucket
from deadfall.hunt.span import Span
from tests.hunt.conftest import Hunt, RuleFile
from tests.hunt.made import log_file, log_file_name, record, user

RECORDS = [record("cloudtrail", "StopLogging", user("mallory"), "2026-11-01T12:00:00Z")]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


def put(s3: Any, day: str, number: int, content: bytes | None = None) -> str:
    key = f"org/{log_file_name(day, number)}"
    s3.put_object(Bucket="trail", Key=key, Body=content if content is not None else log_file(RECORDS))
    return key


def test_a_bucket_is_searched_batch_by_batch(
    s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bucket, "_BATCH_FILES", 2)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for number in range(5):
        put(s3, "2026/11/01", number)
    put(s3, "2026/10/01", 6)
    broken = put(s3, "2026/11/01", 7, b"broken")
    s3.put_object(Bucket="trail", Key=f"org/{log_file_name()}".replace("_CloudTrail_", "_CloudTrail-Digest_"), Body=b"")
    s3.put_object(Bucket="trail", Key=f"other/{log_file_name()}", Body=log_file(RECORDS))
    rule = rule_file("eventName: StopLogging")
    result = hunt("s3://trail/org/", "--rule", rule, "--since", "2026-11-01")
    assert len(json.loads(result.stdout)["hits"]) == 5
    assert result.exit_code == 2
    assert f"skipped: {broken}: record 1 is not JSON" in result.stderr
    assert "in 6 files, 1 of them skipped" in result.stderr
    assert list(tmp_path.iterdir()) == [Path(rule)], "nothing of the downloads is left"


def test_a_file_that_is_gone_or_frozen_is_skipped(s3: Any, hunt: Hunt, rule_file: RuleFile) -> None:
    put(s3, "2026/11/01", 1)
    key = f"org/{log_file_name('2026/11/01', 2)}"
    s3.put_object(Bucket="trail", Key=key, Body=b"", StorageClass="GLACIER")
    result = hunt("s3://trail/org", "--rule", rule_file("eventName: StopLogging"))
    assert (len(json.loads(result.stdout)["hits"]), result.exit_code) == (1, 2)
    assert f"skipped: {key}: InvalidObjectState" in result.stderr


def test_without_credentials(s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    boto3.DEFAULT_SESSION = None
    result = hunt("s3://trail/org", "--rule", rule_file("eventName: StopLogging"))
    assert result.exit_code == 1
    assert "s3://trail/org: no AWS credentials found; set AWS_PROFILE" in result.stderr


def test_without_a_bucket(s3: Any, hunt: Hunt, rule_file: RuleFile) -> None:
    result = hunt("s3://nowhere-at-all", "--rule", rule_file("eventName: StopLogging"))
    assert result.exit_code == 1
    assert "error: s3://nowhere-at-all: NoSuchBucket" in result.stderr


@pytest.mark.parametrize(("allowed", "missing"), [([], "s3:ListBucket"), (["s3:ListBucket"], "s3:GetObject")])
def test_without_permission(
    s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch, allowed: list[str], missing: str
) -> None:
    put(s3, "2026/11/01", 1)
    iam = boto3.client("iam")
    iam.create_user(UserName="hunter")
    if allowed:
        statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.put_user_policy(UserName="hunter", PolicyName="hunt", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="hunter")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    boto3.DEFAULT_SESSION = None
    result = set_initial_no_auth_action_count(0)(hunt)("s3://trail/org", "--rule", rule_file("eventName: StopLogging"))
    assert result.exit_code == 1
    assert "access denied (AccessDenied" in result.stderr
    assert f"this needs {missing}" in result.stderr


def test_no_more_than_two_batches_are_on_disk(s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bucket, "_BATCH_FILES", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for number in range(4):
        put(s3, "2026/11/01", number)
    archive = Bucket("s3://trail/org")
    folders = [len(list(tmp_path.glob("*/*"))) for _ in archive.batches(archive.files(Span()).files)]
    assert folders == [2, 2, 2, 1]


def broken_body(monkeypatch: pytest.MonkeyPatch, breaks: dict[int, int]) -> list[int]:
    """Break these downloads midway, in order of their first attempt, so many times each."""
    monkeypatch.setattr(bucket, "_FIRST_WAIT_SECONDS", 0)
    monkeypatch.setattr(bucket, "_DOWNLOADS", 1)
    real = bucket.shutil.copyfileobj
    attempts: list[int] = []

    def copy(body: Any, file: Any) -> None:
        number = int(Path(file.name).name.split(".")[0])
        attempts.append(number)
        if attempts.count(number) <= breaks.get(number, 0):
            file.write(b"half of it")
            raise botocore.exceptions.ResponseStreamingError(error=ProtocolError("Connection broken"))
        real(body, file)

    monkeypatch.setattr(bucket.shutil, "copyfileobj", copy)
    return attempts


def test_a_download_that_breaks_is_repeated(
    s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put(s3, "2026/11/01", number)
    attempts = broken_body(monkeypatch, {1: 3})
    result = hunt("s3://trail/org/", "--rule", rule_file("eventName: StopLogging"))
    assert (len(json.loads(result.stdout)["hits"]), result.exit_code) == (3, 0)
    assert sorted(attempts) == [0, 1, 1, 1, 1, 2]


def test_a_download_that_always_breaks_is_skipped(
    s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [put(s3, "2026/11/01", number) for number in range(3)]
    broken_body(monkeypatch, {1: 1000})
    result = hunt("s3://trail/org/", "--rule", rule_file("eventName: StopLogging"))
    assert (len(json.loads(result.stdout)["hits"]), result.exit_code) == (2, 2)
    assert f"skipped: {keys[1]}: " in result.stderr
    assert "Connection broken" in result.stderr


def failing(monkeypatch: pytest.MonkeyPatch, code: str, status: int, keys: set[str]) -> None:
    """Let AWS answer requests for these keys with an error."""
    real = bucket.boto3.client

    def client(*arguments: Any, **options: Any) -> Any:
        made: Any = real(*arguments, **options)
        answer = made.get_object

        def get_object(**request: Any) -> Any:
            if request["Key"] in keys:
                response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
                raise botocore.exceptions.ClientError(response, "GetObject")
            return answer(**request)

        made.get_object = get_object
        return made

    monkeypatch.setattr(bucket.boto3, "client", client)
    monkeypatch.setattr(bucket, "_FIRST_WAIT_SECONDS", 0)


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("SlowDown", 503), ("InternalError", 500)])
@pytest.mark.parametrize("batch", [1, 2000])
def test_refused_files_among_many_are_skipped(
    s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch, code: str, status: int, batch: int
) -> None:
    keys = [put(s3, "2026/11/01", number) for number in range(4)]
    monkeypatch.setattr(bucket, "_BATCH_FILES", batch)
    failing(monkeypatch, code, status, {keys[0], keys[2]})
    result = hunt("s3://trail/org/", "--rule", rule_file("eventName: StopLogging"))
    assert (len(json.loads(result.stdout)["hits"]), result.exit_code) == (2, 2), result.stderr
    for key in (keys[0], keys[2]):
        assert f"skipped: {key}: " in result.stderr


def test_hits_are_shown_when_credentials_expire(
    s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [put(s3, "2026/11/01", number) for number in range(4)]
    monkeypatch.setattr(bucket, "_BATCH_FILES", 1)
    failing(monkeypatch, "ExpiredToken", 400, set(keys[2:]))
    result = hunt("s3://trail/org/", "--rule", rule_file("eventName: StopLogging"))
    assert (len(json.loads(result.stdout)["hits"]), result.exit_code) == (2, 2), result.stderr
    assert [f"skipped: {key}: AWS rejected the credentials" in result.stderr for key in keys] == [0, 0, 1, 1]


def test_a_connection_that_never_works_ends_the_hunt(
    s3: Any, hunt: Hunt, rule_file: RuleFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [put(s3, "2026/11/01", number) for number in range(20)]
    failing(monkeypatch, "SlowDown", 503, set(keys))
    result = hunt("s3://trail/org/", "--rule", rule_file("eventName: StopLogging"))
    assert result.exit_code == 1
    assert "error: s3://trail/" in result.stderr
