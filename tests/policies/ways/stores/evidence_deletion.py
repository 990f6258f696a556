from typing import Any

from guardrails.types import BUCKET_POLICY, KEY
from tests.policies.graph import UNKNOWN
from tests.policies.way import Way, Ways

RESPONDER = {"AWS": "arn:aws:iam::111122223333:role/account-audit-responder"}
DESTROYING = {
    BUCKET_POLICY: (
        *("s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObject", "s3:DeleteObjectVersion"),
        *("s3:BypassGovernanceRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"),
        *("s3:PutBucketObjectLockConfiguration", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock"),
        *("s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"),
    ),
    KEY: ("kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
}
NAMES = {BUCKET_POLICY: "responder-evidence", KEY: "key-eu-west-1"}


def _allowing(title: str, type: str, told: str = "", **values: Any) -> Way:
    statement = {"Sid": "More", "Effect": "Allow", "Principal": RESPONDER, "Resource": "*", **values}
    return Way(
        title,
        lambda graph: graph.with_document(type, NAMES[type], "policy", lambda found: found.append(statement)),
        told,
    )


WAYS = Ways(
    violations=(
        *(
            _allowing(
                f"by {len(actions)} actions",
                type,
                f"'More' allows {', '.join(actions).lower()} to AWS:{RESPONDER['AWS']};",
                Action=list(actions),
            )
            for type, actions in DESTROYING.items()
        ),
        _allowing(
            "in another case", BUCKET_POLICY, "allows s3:deleteobject", Action=["s3:PutObject", "S3:DeleteObject"]
        ),
        _allowing("among many", BUCKET_POLICY, "s3:deleteobject, s3:deleteobjectversion", Action="s3:Delete*"),
        _allowing("by any action", KEY, "kms:disablekey, kms:putkeypolicy, kms:schedulekeydeletion", Action="kms:*"),
        _allowing("by what isn't left out", BUCKET_POLICY, "allows s3:deletebucket", NotAction="s3:GetObject"),
        _allowing(
            "the whole account",
            BUCKET_POLICY,
            "allows s3:deleteobject",
            Action="s3:DeleteObject",
            Principal={"AWS": "111122223333"},
        ),
    ),
    compliant=(
        _allowing("writes", BUCKET_POLICY, Action="s3:PutObject"),
        _allowing("uses the key", KEY, Action=["kms:Decrypt", "kms:GenerateDataKey*"]),
        _allowing(
            "leaves deleting out", BUCKET_POLICY, NotAction=["s3:Delete*", "s3:Put*", "s3:BypassGovernanceRetention"]
        ),
        _allowing("is denied", BUCKET_POLICY, Effect="Deny", Action="s3:DeleteObject"),
    ),
    unknown=(Way("policy", lambda graph: graph.having(KEY, "key-us-east-1", "policy", UNKNOWN)),),
)
