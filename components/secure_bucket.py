"""A private, versioned, encrypted S3 bucket, for the archive and for evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.config import ObjectLock

from .component import Component
from .policy_document import Statement, policy_document, tls_only


@dataclass(frozen=True)
class SecureBucketArgs:
    """`keep` protects the bucket from `pulumi destroy` and its objects from deletion with it."""

    bucket: str
    region: str
    key_arn: pulumi.Input[str]
    retention_days: int
    keep: bool
    object_lock: ObjectLock | None = None
    statements: Sequence[Statement] = ()


class SecureBucket(Component):
    """A versioned bucket with SSE-KMS and a bucket key, no public access, no ACLs, TLS only, optional Object Lock.

    Objects expire after `retention_days`. A writer depends on `ready`, the last part of the bucket.
    """

    name: str
    ready: pulumi.Resource

    def __init__(self, name: str, args: SecureBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        arn = f"arn:aws:s3:::{args.bucket}"
        bucket = aws.s3.Bucket(
            name,
            bucket=args.bucket,
            force_destroy=not args.keep,
            object_lock_enabled=args.object_lock is not None,
            region=args.region,
            opts=self.child(protect=args.keep),
        )
        blocked = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            region=args.region,
            opts=self.child(),
        )
        aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            region=args.region,
            opts=self.child(),
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            region=args.region,
            opts=self.child(),
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            region=args.region,
            opts=self.child(),
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": args.retention_days},
                    "noncurrent_version_expiration": {"noncurrent_days": 30},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                }
            ],
            region=args.region,
            # S3 refuses rules for noncurrent versions until the bucket is versioned.
            opts=self.child(depends_on=[versioning]),
        )
        if args.object_lock:
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.id,
                rule={"default_retention": {"mode": args.object_lock.mode, "days": args.object_lock.days}},
                region=args.region,
                opts=self.child(depends_on=[versioning]),
            )
        self.name = args.bucket
        self.ready = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=policy_document([tls_only("s3:*", [arn, f"{arn}/*"]), *args.statements]),
            region=args.region,
            opts=self.child(depends_on=[blocked]),
        )
        self.register_outputs({"name": self.name})
