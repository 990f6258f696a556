import json
from typing import Any

from guardrails.types import BUCKET
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

ARCHIVE = "trail-archive"
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def _set(key: str, value: Any, told: str = "") -> Way:
    return Way(key, lambda graph: graph.having(BUCKET, ARCHIVE, key, value), told)


WAYS = Ways(
    violations=(
        _set("policy", json.dumps({"Statement": [ANYBODY]}), "sets policy, where no guardrail looks; use BucketPolicy"),
        _set("acl", "public-read", "use BucketOwnershipControls"),
        _set("grants", [{"type": "Group", "permissions": ["READ"]}], "use BucketOwnershipControls"),
        _set("lifecycleRules", [{"enabled": True, "expiration": {"days": 1}}], "use BucketLifecycleConfiguration"),
        _set("objectLockConfiguration", {"objectLockEnabled": "Enabled"}, "use BucketObjectLockConfiguration"),
        _set("serverSideEncryptionConfiguration", {"rule": {}}, "use BucketServerSideEncryptionConfiguration"),
        _set("versioning", {"enabled": False}, "use BucketVersioning"),
        _set("replicationConfiguration", {"role": "x", "rules": []}, "by which its objects leave it"),
        _set("website", {"indexDocument": "index.html"}, "by which its objects leave it"),
    ),
    compliant=(_set("policy", ""),),
    unknown=(_set("policy", UNKNOWN),),
)
