import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import PluginError

from ..driver import REGION, TAGS, Made, Provider

BUCKET = "aws:s3/bucket:Bucket"
NAME = "lab-provider-test"


@pytest.fixture
def bucket(provider: Provider) -> Iterator[Made]:
    bucket = provider.create(BUCKET, {"bucket": NAME, "forceDestroy": True})
    yield bucket
    provider.delete(bucket)


@pytest.fixture
def s3(emulator: Emulator) -> Any:
    return emulator.client("s3", REGION)


def code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response.get("Error", {}).get("Code", "")


def test_a_bucket_lives(provider: Provider, s3: Any) -> None:
    bucket = provider.create(BUCKET, {"bucket": NAME})
    assert bucket.plain == {
        "bucket": NAME,
        "arn": f"arn:aws:s3:::{NAME}",
        "bucketDomainName": f"{NAME}.s3.amazonaws.com",
        "bucketRegion": REGION,
        "bucketRegionalDomainName": f"{NAME}.s3.{REGION}.amazonaws.com",
        "region": REGION,
        "tagsAll": TAGS,
    }
    assert s3.get_bucket_location(Bucket=NAME)["LocationConstraint"] == REGION
    assert provider.is_settled(bucket)
    bucket = provider.is_changed(bucket, {"tags": {"Env": "dev"}})
    assert s3.get_bucket_tagging(Bucket=NAME)["TagSet"] == [
        {"Key": "Env", "Value": "dev"},
        {"Key": "Team", "Value": "platform"},
    ]
    assert provider.is_replaced_by(bucket, {"bucket": "other", "objectLockEnabled": True, "region": "us-east-1"})
    assert provider.is_gone(bucket)
    assert code(s3.head_bucket, Bucket=NAME) == "404"


def test_a_bucket_in_us_east_1_has_no_location_constraint(provider: Provider, emulator: Emulator) -> None:
    bucket = provider.create(BUCKET, {"bucket": NAME, "region": "us-east-1"})
    location = emulator.client("s3", "us-east-1").get_bucket_location(Bucket=NAME)
    assert (location.get("LocationConstraint"), bucket.outputs["bucketRegion"]) == (None, "us-east-1")
    assert provider.is_gone(bucket)


def test_only_force_destroy_deletes_a_bucket_with_objects(provider: Provider, s3: Any) -> None:
    bucket = provider.create(BUCKET, {"bucket": NAME})
    s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket=NAME, Key="key", Body=body)
    s3.delete_object(Bucket=NAME, Key="key")  # a delete marker
    with pytest.raises(PluginError, match=r"^deleting it: DeleteBucket: BucketNotEmpty: "):
        provider.delete(bucket)
    bucket = provider.is_changed(bucket, {"forceDestroy": True})
    assert provider.is_gone(bucket)


def test_force_destroy_overrides_governance_retention(provider: Provider, s3: Any) -> None:
    bucket = provider.create(BUCKET, {"bucket": NAME, "forceDestroy": True, "objectLockEnabled": True})
    lock = provider.create(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        {"bucket": NAME, "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}},
    )
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    assert s3.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"]["Rule"] == rule
    assert provider.is_settled(lock)
    lock = provider.is_changed(lock, {"rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 2}}})
    version = s3.put_object(Bucket=NAME, Key="key", Body=b"kept")["VersionId"]
    assert code(s3.delete_object, Bucket=NAME, Key="key", VersionId=version) == "AccessDenied"
    provider.delete(lock)
    assert s3.get_object_lock_configuration(Bucket=NAME)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    assert provider.is_gone(bucket)


def test_force_destroy_leaves_what_is_in_compliance_retention(provider: Provider, s3: Any) -> None:
    bucket = provider.create(BUCKET, {"bucket": "kept", "forceDestroy": True, "objectLockEnabled": True})
    s3.put_object_lock_configuration(
        Bucket="kept",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )
    s3.put_object(Bucket="kept", Key="key", Body=b"kept")
    refused = (
        r"^deleting it: DeleteObjects: AccessDenied: key: Access Denied because object protected by object lock\.$"
    )
    with pytest.raises(PluginError, match=refused):
        provider.delete(bucket)
    assert s3.get_object(Bucket="kept", Key="key")["Body"].read() == b"kept"


def test_versioning_lives(provider: Provider, s3: Any, bucket: Made) -> None:
    versioning = provider.create(
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": NAME, "versioningConfiguration": {"status": "Enabled"}},
    )
    assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    assert provider.is_settled(versioning)
    assert provider.is_replaced_by(versioning, {"bucket": "other"})
    provider.delete(versioning)
    assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Suspended"


def test_encryption_lives(provider: Provider, s3: Any, bucket: Made) -> None:
    def rules(algorithm: str) -> list[dict[str, Any]]:
        return [
            {
                "applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm},
                "bucketKeyEnabled": algorithm != "AES256",
            }
        ]

    encryption = provider.create(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {"bucket": NAME, "rules": rules("aws:kms")},
    )
    assert s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"] == {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
    }
    assert provider.is_settled(encryption)
    encryption = provider.is_changed(encryption, {"rules": rules("AES256")})
    provider.delete(encryption)


def test_public_access_block_lives(provider: Provider, s3: Any, bucket: Made) -> None:
    blocked = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    block = provider.create(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {"bucket": NAME, **dict.fromkeys(blocked, True)}
    )
    assert set(s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"].values()) == {True}
    assert provider.is_settled(block)
    block = provider.is_changed(block, {"blockPublicPolicy": False})
    assert s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": False,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert provider.is_gone(block)


def test_ownership_controls_live(provider: Provider, s3: Any, bucket: Made) -> None:
    controls = provider.create(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"bucket": NAME, "rule": {"objectOwnership": "BucketOwnerPreferred"}},
    )
    assert provider.is_settled(controls)
    controls = provider.is_changed(controls, {"rule": {"objectOwnership": "BucketOwnerEnforced"}})
    assert s3.get_bucket_ownership_controls(Bucket=NAME)["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }
    assert provider.is_gone(controls)


def test_a_policy_lives(provider: Provider, s3: Any, bucket: Made) -> None:
    def document(effect: str) -> dict[str, Any]:
        statement = {
            "Effect": effect,
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{NAME}/*",
        }
        return {"Version": "2012-10-17", "Statement": [statement]}

    policy = provider.create(
        "aws:s3/bucketPolicy:BucketPolicy", {"bucket": NAME, "policy": json.dumps(document("Allow"))}
    )
    assert json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"]) == document("Allow")
    assert provider.is_settled(policy)
    written_otherwise = {**policy.inputs, "policy": json.dumps(document("Allow"), indent=4)}
    assert provider.diff(policy, written_otherwise) == (set(), set(), False)
    policy = provider.is_changed(policy, {"policy": json.dumps(document("Deny"))})
    assert json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"]) == document("Deny")
    assert provider.is_gone(policy)


def test_lifecycle_lives(provider: Provider, s3: Any, bucket: Made) -> None:
    rule = {
        "id": "expire",
        "status": "Enabled",
        "filter": {"prefix": "AWSLogs/"},
        "expiration": {"days": 30},
        "transitions": [{"days": 7, "storageClass": "GLACIER_IR"}],
        "noncurrentVersionExpiration": {"noncurrentDays": 3},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 1},
    }
    lifecycle = provider.create(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"bucket": NAME, "rules": [rule]}
    )
    assert s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"] == [
        {
            "ID": "expire",
            "Status": "Enabled",
            "Filter": {"Prefix": "AWSLogs/"},
            "Expiration": {"Days": 30},
            "Transitions": [{"Days": 7, "StorageClass": "GLACIER_IR"}],
            "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
    assert provider.is_settled(lifecycle)
    lifecycle = provider.is_changed(
        lifecycle, {"rules": [{"id": "all", "status": "Disabled", "expiration": {"days": 60}}]}
    )
    assert s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"] == [
        {"ID": "all", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 60}}
    ]
    assert provider.is_gone(lifecycle)
