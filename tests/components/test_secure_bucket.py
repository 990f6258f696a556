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


def test_all_of_it(dev: Result, other: Result, name: str):
    assert children(dev, "SecureBucket", name) == parts(name)
    assert children(other, "SecureBucket", name) == parts(name) | {f"s3.BucketObjectLockConfiguration {name}"}


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


@pytest.mark.parametrize(("stack", "days"), [("dev", 30), ("other", 400)])
def test_objects_expire_when_config_says(request: pytest.FixtureRequest, name: str, stack: str, days: int):
    result = request.getfixturevalue(stack)
    assert inputs(result, "s3.BucketLifecycleConfiguration", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "rules": [
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": days},
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


def test_without_object_lock_and_evidence_to_keep_it_goes_with_the_stack(dev: Result, name: str):
    assert inputs(dev, "s3.Bucket", name) == {
        "bucket": NAMES[name],
        "forceDestroy": True,
        "objectLockEnabled": False,
        "region": "eu-west-1",
    }
    assert names(dev, "s3.BucketObjectLockConfiguration") == set()


def test_with_object_lock_and_evidence_to_keep_it_stays(other: Result, name: str):
    assert inputs(other, "s3.Bucket", name) == {
        "bucket": NAMES_IN_OTHER[name],
        "forceDestroy": False,
        "objectLockEnabled": True,
        "region": "eu-west-1",
    }
    assert inputs(other, "s3.BucketObjectLockConfiguration", name) == {
        "bucket": f"<s3.Bucket {name}>",
        "rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 7}},
        "region": "eu-west-1",
    }
    assert dependencies(other, "s3.BucketObjectLockConfiguration", name) == {
        f"s3.Bucket {name}",
        f"s3.BucketVersioning {name}",
    }
