"""The buckets of archive and evidence: private, encrypted, versioned; locked when config says so."""

import pytest

from deadfall.lab.engine import Result
from tests.components.recorded import children, dependencies, inputs, names

NAMES = {
    "trail-archive": "account-audit-trail-111122223333-eu-west-1",
    "responder-evidence": "account-audit-evidence-111122223333-eu-west-1",
}
NAMES_IN_OTHER = {
    "trail-archive": "records-trail-444455556666-eu-west-1",
    "responder-evidence": "records-evidence-444455556666-eu-west-1",
}
# By stack and bucket: evidence is always locked, in production for good; the archive if config says so.
LOCKS = {
    ("dev", "responder-evidence"): ("GOVERNANCE", 1),
    ("other", "responder-evidence"): ("COMPLIANCE", 40),
    ("other", "trail-archive"): ("GOVERNANCE", 7),
}
EXPIRE = {
    ("dev", "trail-archive"): 30,
    ("dev", "responder-evidence"): 30,
    ("other", "trail-archive"): 400,
    ("other", "responder-evidence"): 500,
}
pytestmark = pytest.mark.parametrize("name", NAMES)


def parts(name: str) -> set[str]:
    return {
        f"s3.Bucket {name}",
        f"s3.BucketPublicAccessBlock {name}",
        f"s3.BucketOwnershipControls {name}",
        f"s3.BucketVersioning {name}",
        f"s3.BucketServerSideEncryptionConfiguration {name}",
        f"s3.BucketLifecycleConfiguration {name}",
        f"s3.BucketPolicy {name}",
    }


@pytest.mark.parametrize("stack", ["dev", "other"])
def test_all_of_it(request: pytest.FixtureRequest, name: str, stack: str):
    lock = {f"s3.BucketObjectLockConfiguration {name}"} if (stack, name) in LOCKS else set()
    assert children(request.getfixturevalue(stack), "SecureBucket", name) == parts(name) | lock


def test_nothing_of_it_can_become_public(dev: Result, name: str):
    assert inputs(dev, "s3.BucketPublicAccessBlock", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
        "region": "eu-west-1",
    }
    assert inputs(dev, "s3.BucketOwnershipControls", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "rule": {"objectOwnership": "BucketOwnerEnforced"},
        "region": "eu-west-1",
    }


def test_it_is_encrypted_with_the_key_of_the_stack(dev: Result, name: str):
    assert inputs(dev, "s3.BucketServerSideEncryptionConfiguration", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "rules": [
            {
                "applyServerSideEncryptionByDefault": {
                    "sseAlgorithm": "aws:kms",
                    "kmsMasterKeyId": "<kms.Key key-eu-west-1>",
                },
                "bucketKeyEnabled": True,
            }
        ],
        "region": "eu-west-1",
    }


def test_it_keeps_versions(dev: Result, name: str):
    assert inputs(dev, "s3.BucketVersioning", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "versioningConfiguration": {"status": "Enabled"},
        "region": "eu-west-1",
    }


@pytest.mark.parametrize("stack", ["dev", "other"])
def test_objects_expire_when_config_says(request: pytest.FixtureRequest, name: str, stack: str):
    result = request.getfixturevalue(stack)
    assert inputs(result, "s3.BucketLifecycleConfiguration", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "rules": [
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": EXPIRE[stack, name]},
                "noncurrentVersionExpiration": {"noncurrentDays": 30},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            }
        ],
        "region": "eu-west-1",
    }
    assert dependencies(result, "s3.BucketLifecycleConfiguration", name) == {
        f"s3.Bucket {name}",
        f"s3.BucketVersioning {name}",
    }


def test_only_tls_reaches_it(dev: Result, other: Result, name: str):
    for result, bucket in ((dev, NAMES[name]), (other, NAMES_IN_OTHER[name])):
        first, *more = inputs(result, "s3.BucketPolicy", name)["policy"]["Statement"]
        assert first == {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        # What else the archive's policy holds: test_audit_trail.py.
        assert [one["Sid"] for one in more] == (["TrailReadsAcl", "TrailWrites"] if name == "trail-archive" else [])


def test_the_policy_comes_after_the_public_access_block(dev: Result, name: str):
    assert dependencies(dev, "s3.BucketPolicy", name) == {f"s3.Bucket {name}", f"s3.BucketPublicAccessBlock {name}"}


@pytest.mark.parametrize(("stack", "buckets", "kept"), [("dev", NAMES, False), ("other", NAMES_IN_OTHER, True)])
def test_it_goes_with_the_stack_unless_evidence_is_kept(
    request: pytest.FixtureRequest, name: str, stack: str, buckets: dict[str, str], kept: bool
):
    assert inputs(request.getfixturevalue(stack), "s3.Bucket", name) == {
        "bucket": buckets[name],
        "forceDestroy": not kept,
        "objectLockEnabled": (stack, name) in LOCKS,
        "region": "eu-west-1",
    }


@pytest.mark.parametrize("stack", ["dev", "other"])
def test_its_lock_is_its_own(request: pytest.FixtureRequest, name: str, stack: str):
    result = request.getfixturevalue(stack)
    if (stack, name) not in LOCKS:
        assert name not in names(result, "s3.BucketObjectLockConfiguration")
        return
    mode, days = LOCKS[stack, name]
    assert inputs(result, "s3.BucketObjectLockConfiguration", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "rule": {"defaultRetention": {"mode": mode, "days": days}},
        "region": "eu-west-1",
    }
    assert dependencies(result, "s3.BucketObjectLockConfiguration", name) == {
        f"s3.Bucket {name}",
        f"s3.BucketVersioning {name}",
    }
