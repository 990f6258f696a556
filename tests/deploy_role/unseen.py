"""Actions of the deploy role that the lab can't check, and why. The tests fail when this changes."""

_REAL_PROVIDER = "only the real provider calls it, at every read"
_BUCKET = "only the real provider calls it: it reads every part of a bucket's configuration"

UNSEEN_ACTIONS: dict[str, str] = {
    "glue:GetPartitionIndexes": _REAL_PROVIDER,
    "glue:UpdateDatabase": "the program sets no description, and the lab mends only what is set",
    "iam:ListAttachedRolePolicies": _REAL_PROVIDER,
    "iam:ListGroupsForUser": "only the real provider calls it, before it deletes a user",
    "iam:ListInstanceProfilesForRole": "only the real provider calls it, before it deletes a role",
    "iam:ListRolePolicies": _REAL_PROVIDER,
    "iam:UpdateAccessKey": "the program sets no status, and the lab mends only what is set",
    "iam:UpdateRole": "the program sets no session duration, and the lab mends only what is set",
    "iam:UpdateRoleDescription": "the program sets no description, and the lab mends only what is set",
    "iam:UpdateUser": "MiniStack cannot rename a user: in the lab another name is another user",
    "lambda:GetFunctionCodeSigningConfig": _REAL_PROVIDER,
    "lambda:ListTags": "Lambda asks for it when GetFunction tells tags; MiniStack does not",
    "lambda:ListVersionsByFunction": _REAL_PROVIDER,
    "s3:DeleteObjectVersion": "MiniStack asks for s3:DeleteObject when the first of several versions is deleted",
    "s3:GetAccelerateConfiguration": _BUCKET,
    "s3:GetBucketAcl": _BUCKET,
    "s3:GetBucketCORS": _BUCKET,
    "s3:GetBucketLogging": _BUCKET,
    "s3:GetBucketRequestPayment": _BUCKET,
    "s3:GetBucketWebsite": _BUCKET,
    "s3:GetReplicationConfiguration": _BUCKET,
}
"""Granted, but never used in the lab during the dev stack's whole life."""

# S3's actions and operations have different names (docs/aws-facts.md, s3-actions-and-calls).
ACTIONS_OF_OPERATIONS: dict[str, tuple[str, ...]] = {
    "lambda:CreateFunction": ("lambda:CreateFunction", "iam:PassRole"),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteBucketOwnershipControls": ("s3:PutBucketOwnershipControls",),
    "s3:DeleteObjects": ("s3:DeleteObject", "s3:BypassGovernanceRetention"),
    "s3:DeletePublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
    "s3:PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "sts:GetCallerIdentity": (),  # needs no permission (docs/aws-facts.md, calls-without-permission)
}
