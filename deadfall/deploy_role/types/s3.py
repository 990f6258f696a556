"""Amazon S3. Where the API has a Delete for a part of a bucket's configuration, IAM mostly asks for the Put."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned

BUCKET = "aws:s3/bucket:Bucket"


def _bucket(resource: Planned) -> tuple[str, ...]:
    return (f"arn:aws:s3:::{resource.name('bucket')}",)


def _objects(resource: Planned) -> tuple[str, ...]:
    return (f"arn:aws:s3:::{resource.name('bucket')}/*",)


def _bucket_of(resource: Planned) -> tuple[str, ...]:
    return _bucket(resource.referred("bucket", BUCKET))


def _emptied(resource: Planned) -> bool:
    return bool(resource.get("forceDestroy"))


def _emptied_despite_locks(resource: Planned) -> bool:
    return _emptied(resource) and bool(resource.get("objectLockEnabled"))


def _part(name: str, file: str, read: str, write: str, delete: str = "") -> ResourceType:
    """A part of a bucket's configuration: written to create, update and mostly to delete it."""
    return ResourceType(
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}",
        source=f"internal/service/s3/{file}.go",
        on=_bucket_of,
        grants=(
            Grant(Verb.READ, read),
            Grant(Verb.CREATE, write),
            *((Grant(Verb.DELETE, delete),) if delete else ()),
        ),
    )


TYPES = (
    ResourceType(
        BUCKET,
        source="internal/service/s3/bucket.go",
        on=_bucket,
        grants=(
            Grant(Verb.CREATE, "s3:CreateBucket"),
            # With Object Lock, CreateBucket itself turns versioning and the lock on (API reference, CreateBucket).
            Grant(
                Verb.CREATE,
                "s3:PutBucketObjectLockConfiguration s3:PutBucketVersioning",
                when=lambda resource: bool(resource.get("objectLockEnabled")),
            ),
            # The provider reads every part of the configuration, whoever manages it; ListBucket is HeadBucket.
            Grant(
                Verb.READ,
                "s3:GetAccelerateConfiguration s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLogging "
                "s3:GetBucketObjectLockConfiguration s3:GetBucketPolicy s3:GetBucketRequestPayment s3:GetBucketTagging "
                "s3:GetBucketVersioning s3:GetBucketWebsite s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration "
                "s3:GetReplicationConfiguration s3:ListBucket",
            ),
            Grant(Verb.DELETE, "s3:DeleteBucket"),
            Grant(Verb.DELETE, "s3:ListBucketVersions", when=_emptied),
            Grant(Verb.DELETE, "s3:DeleteObject s3:DeleteObjectVersion", on=_objects, when=_emptied),
            Grant(Verb.DELETE, "s3:BypassGovernanceRetention", on=_objects, when=_emptied_despite_locks),
            # The provider falls back to these when it may not s3:TagResource, s3:UntagResource and
            # s3:ListTagsForResource (its changelog, 6.23.0); they are enough for buckets without ABAC.
            Grant(Verb.TAG, "s3:PutBucketTagging"),
        ),
    ),
    _part(
        "BucketLifecycleConfiguration",
        "bucket_lifecycle_configuration",
        "s3:GetLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
    ),
    _part(
        "BucketObjectLockConfiguration",
        "bucket_object_lock_configuration",
        "s3:GetBucketObjectLockConfiguration",
        "s3:PutBucketObjectLockConfiguration",
    ),
    _part(
        "BucketOwnershipControls",
        "bucket_ownership_controls",
        "s3:GetBucketOwnershipControls",
        "s3:PutBucketOwnershipControls",
    ),
    _part("BucketPolicy", "bucket_policy", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    _part(
        "BucketPublicAccessBlock",
        "bucket_public_access_block",
        "s3:GetBucketPublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
    ),
    _part(
        "BucketServerSideEncryptionConfiguration",
        "bucket_server_side_encryption_configuration",
        "s3:GetEncryptionConfiguration",
        "s3:PutEncryptionConfiguration",
    ),
    _part("BucketVersioning", "bucket_versioning", "s3:GetBucketVersioning", "s3:PutBucketVersioning"),
)
