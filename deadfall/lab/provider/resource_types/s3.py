"""Amazon S3: buckets, and each part of a bucket's configuration as a resource of its own."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from ..aws import PARTITION, Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, code, none_if_missing, without_none
from ..schema import Property, Schema, block, blocks, boolean, document, name, number, string


def _bucket_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (f"arn:aws:s3:::{resource.name('bucket')}",)


def _object_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (f"arn:aws:s3:::{resource.name('bucket')}/*",)


def _configured_bucket_arns(resource: PlannedResource) -> tuple[str, ...]:
    return _bucket_arns(resource.referred("bucket", Bucket.pulumi_type))


def _emptied(resource: PlannedResource) -> bool:
    return bool(resource.get("forceDestroy"))


def _emptied_despite_locks(resource: PlannedResource) -> bool:
    return _emptied(resource) and bool(resource.get("objectLockEnabled"))


def _configuration_permissions(file: str, read: str, write: str, delete: str = "") -> DeployPermissions:
    """Return the permissions for a part of a bucket's configuration.

    Creating and updating need `write`, and so does deleting unless `delete` is given: for most parts, IAM requires the
    Put permission for the Delete call.
    """
    return DeployPermissions(
        source=f"internal/service/s3/{file}.go",
        on=_configured_bucket_arns,
        grants=(
            Grant(Verb.READ, read),
            Grant(Verb.CREATE, write),
            *((Grant(Verb.DELETE, delete),) if delete else ()),
        ),
    )


class Bucket(ResourceType):
    pulumi_type = "aws:s3/bucket:Bucket"
    properties: ClassVar[Schema] = {
        "bucket": name(63),
        "forceDestroy": boolean(),
        "objectLockEnabled": boolean(replaces=True),
        "tags": TAGS,
    }
    outputs = ("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName")
    set_after_creation = frozenset({"tagsAll"})
    deploy_permissions = DeployPermissions(
        source="internal/service/s3/bucket.go",
        on=_bucket_arns,
        grants=(
            Grant(Verb.CREATE, "s3:CreateBucket"),
            # With Object Lock, CreateBucket itself turns versioning and the lock on (API reference, CreateBucket).
            Grant(
                Verb.CREATE,
                "s3:PutBucketObjectLockConfiguration s3:PutBucketVersioning",
                when=lambda resource: bool(resource.get("objectLockEnabled")),
            ),
            # The provider reads every part of the configuration, whatever manages it; ListBucket is HeadBucket.
            Grant(
                Verb.READ,
                "s3:GetAccelerateConfiguration s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLogging "
                "s3:GetBucketObjectLockConfiguration s3:GetBucketPolicy s3:GetBucketRequestPayment s3:GetBucketTagging "
                "s3:GetBucketVersioning s3:GetBucketWebsite s3:GetEncryptionConfiguration s3:GetLifecycleConfiguration "
                "s3:GetReplicationConfiguration s3:ListBucket",
            ),
            Grant(Verb.DELETE, "s3:DeleteBucket"),
            Grant(Verb.DELETE, "s3:ListBucketVersions", when=_emptied),
            Grant(Verb.DELETE, "s3:DeleteObject s3:DeleteObjectVersion", on=_object_arns, when=_emptied),
            Grant(Verb.DELETE, "s3:BypassGovernanceRetention", on=_object_arns, when=_emptied_despite_locks),
            # The provider falls back to these without permission for s3:TagResource, s3:UntagResource and
            # s3:ListTagsForResource (its changelog, 6.23.0); they are enough for buckets without ABAC.
            Grant(Verb.TAG, "s3:PutBucketTagging"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        # S3 rejects us-east-1 as an explicit location.
        location = {} if aws.region == "us-east-1" else {"LocationConstraint": aws.region}
        aws.client("s3").create_bucket(
            Bucket=inputs["bucket"],
            **({"CreateBucketConfiguration": location} if location else {}),
            **without_none(ObjectLockEnabledForBucket=inputs.get("objectLockEnabled")),
        )
        return inputs["bucket"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        s3 = aws.client("s3")
        head = none_if_missing(lambda: s3.head_bucket(Bucket=id))
        if head is None:
            return None
        region = head.get("BucketRegion", aws.region)
        return {
            "bucket": id,
            "arn": f"arn:{PARTITION}:s3:::{id}",
            "bucketDomainName": f"{id}.s3.amazonaws.com",
            "bucketRegion": region,
            "bucketRegionalDomainName": f"{id}.s3.{region}.amazonaws.com",
            "tagsAll": _tags(s3, id),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        s3, tags = aws.client("s3"), change.new["tagsAll"]
        if change.any_of("tagsAll"):
            if tags:
                s3.put_bucket_tagging(Bucket=id, Tagging={"TagSet": tag_list(tags)})
            elif change.old.get("tagsAll"):
                s3.delete_bucket_tagging(Bucket=id)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        s3 = aws.client("s3")
        if state.get("forceDestroy"):
            _empty(s3, id, locked=bool(state.get("objectLockEnabled")))
        s3.delete_bucket(Bucket=id)


def _tags(s3: Any, bucket: str) -> dict[str, str]:
    try:
        return tag_map(s3.get_bucket_tagging(Bucket=bucket)["TagSet"])
    except ClientError as error:
        if code(error) == "NoSuchTagSet":
            return {}
        raise


def _empty(s3: Any, bucket: str, locked: bool) -> None:
    """Delete every version and delete marker.

    Objects in GOVERNANCE retention are deleted too, as with the real provider's `forceDestroy` (terraform-provider-aws,
    internal/service/s3/delete.go). Those in COMPLIANCE retention remain, and with them the bucket.
    """
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]}
            for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if not found:
            continue
        response = s3.delete_objects(
            Bucket=bucket,
            Delete={"Objects": found, "Quiet": True},
            **({"BypassGovernanceRetention": True} if locked else {}),
        )
        for refused in response.get("Errors", ()):
            reason = {"Code": refused["Code"], "Message": f"{refused['Key']}: {refused['Message']}"}
            raise ClientError({"Error": reason}, "DeleteObjects")


class BucketConfiguration(ResourceType):
    """One part of a bucket's configuration. Its id is the bucket's name; an update sets it again."""

    @property
    def schema(self) -> Schema:
        return {"bucket": string(required=True, replaces=True), **super().schema}

    @abstractmethod
    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        """Set this part."""

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self.put(aws.client("s3"), inputs["bucket"], inputs)
        return inputs["bucket"], {}

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self.put(aws.client("s3"), id, change.new)


class BucketVersioning(BucketConfiguration):
    pulumi_type = "aws:s3/bucketVersioning:BucketVersioning"
    properties: ClassVar[Schema] = {"versioningConfiguration": block({"status": string(required=True)}, required=True)}
    deploy_permissions = _configuration_permissions(
        "bucket_versioning",
        "s3:GetBucketVersioning",
        "s3:PutBucketVersioning",
    )

    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": inputs["versioningConfiguration"]["status"]}
        )

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("s3").get_bucket_versioning(Bucket=id))
        if found is None:
            return None
        return {"bucket": id, "versioningConfiguration": {"status": found.get("Status", "Disabled")}}

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        try:
            aws.client("s3").put_bucket_versioning(Bucket=id, VersioningConfiguration={"Status": "Suspended"})
        except ClientError as error:
            if (
                code(error) != "InvalidBucketState"
            ):  # Object Lock is enabled: versioning can only be removed with the bucket
                raise


class BucketServerSideEncryptionConfiguration(BucketConfiguration):
    pulumi_type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    properties: ClassVar[Schema] = {
        "rules": blocks(
            {
                "applyServerSideEncryptionByDefault": block(
                    {"sseAlgorithm": string(required=True), "kmsMasterKeyId": string()}
                ),
                "bucketKeyEnabled": boolean(),
            },
            required=True,
        )
    }
    deploy_permissions = _configuration_permissions(
        "bucket_server_side_encryption_configuration",
        "s3:GetEncryptionConfiguration",
        "s3:PutEncryptionConfiguration",
    )

    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={"Rules": _for_s3(inputs["rules"], self.properties["rules"])},
        )

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("s3").get_bucket_encryption(Bucket=id))
        if found is None:
            return None
        rules = found["ServerSideEncryptionConfiguration"]["Rules"]
        return {"bucket": id, "rules": _from_s3(rules, self.properties["rules"], state.get("rules"))}

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("s3").delete_bucket_encryption(Bucket=id)


class BucketPublicAccessBlock(BucketConfiguration):
    pulumi_type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    properties: ClassVar[Schema] = {
        "blockPublicAcls": boolean(),
        "blockPublicPolicy": boolean(),
        "ignorePublicAcls": boolean(),
        "restrictPublicBuckets": boolean(),
    }
    deploy_permissions = _configuration_permissions(
        "bucket_public_access_block",
        "s3:GetBucketPublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
    )

    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={_pascal(key): inputs.get(key, False) for key in self.properties},
        )

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("s3").get_public_access_block(Bucket=id))
        if found is None:
            return None
        blocked = found["PublicAccessBlockConfiguration"]
        return {"bucket": id, **{key: blocked[_pascal(key)] for key in self.properties}}

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("s3").delete_public_access_block(Bucket=id)


class BucketOwnershipControls(BucketConfiguration):
    pulumi_type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    properties: ClassVar[Schema] = {"rule": block({"objectOwnership": string(required=True)}, required=True)}
    deploy_permissions = _configuration_permissions(
        "bucket_ownership_controls",
        "s3:GetBucketOwnershipControls",
        "s3:PutBucketOwnershipControls",
    )

    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        s3.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": inputs["rule"]["objectOwnership"]}]}
        )

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("s3").get_bucket_ownership_controls(Bucket=id))
        if found is None:
            return None
        return {"bucket": id, "rule": {"objectOwnership": found["OwnershipControls"]["Rules"][0]["ObjectOwnership"]}}

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("s3").delete_bucket_ownership_controls(Bucket=id)


class BucketPolicy(BucketConfiguration):
    pulumi_type = "aws:s3/bucketPolicy:BucketPolicy"
    properties: ClassVar[Schema] = {"policy": document(required=True)}
    deploy_permissions = _configuration_permissions(
        "bucket_policy",
        "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
    )

    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        s3.put_bucket_policy(Bucket=bucket, Policy=inputs["policy"])

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("s3").get_bucket_policy(Bucket=id))
        return None if found is None else {"bucket": id, "policy": found["Policy"]}

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("s3").delete_bucket_policy(Bucket=id)


class BucketLifecycleConfiguration(BucketConfiguration):
    pulumi_type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    properties: ClassVar[Schema] = {
        "rules": blocks(
            {
                "id": string(required=True),
                "status": string(required=True),
                "filter": block(
                    {
                        "prefix": string(),
                        "objectSizeGreaterThan": number(),
                        "objectSizeLessThan": number(),
                        "tag": block({"key": string(required=True), "value": string(required=True)}),
                    }
                ),
                "expiration": block({"days": number(), "expiredObjectDeleteMarker": boolean()}),
                "transitions": blocks({"days": number(), "storageClass": string(required=True)}),
                "noncurrentVersionExpiration": block(
                    {"noncurrentDays": number(required=True), "newerNoncurrentVersions": number()}
                ),
                "noncurrentVersionTransitions": blocks(
                    {"noncurrentDays": number(required=True), "storageClass": string(required=True)}
                ),
                "abortIncompleteMultipartUpload": block({"daysAfterInitiation": number()}),
            },
            required=True,
        )
    }
    deploy_permissions = _configuration_permissions(
        "bucket_lifecycle_configuration",
        "s3:GetLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
    )

    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        rules = _for_s3(inputs["rules"], self.properties["rules"])
        for rule in rules:
            rule.setdefault("Filter", {"Prefix": ""})  # S3 requires a filter in every rule
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("s3").get_bucket_lifecycle_configuration(Bucket=id))
        if found is None:
            return None
        return {"bucket": id, "rules": _from_s3(found["Rules"], self.properties["rules"], state.get("rules"))}

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("s3").delete_bucket_lifecycle(Bucket=id)


class BucketObjectLockConfiguration(BucketConfiguration):
    pulumi_type = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    properties: ClassVar[Schema] = {
        "objectLockEnabled": string(replaces=True),
        "rule": block(
            {
                "defaultRetention": block(
                    {"mode": string(required=True), "days": number(), "years": number()}, required=True
                )
            }
        ),
    }
    deploy_permissions = _configuration_permissions(
        "bucket_object_lock_configuration",
        "s3:GetBucketObjectLockConfiguration",
        "s3:PutBucketObjectLockConfiguration",
    )

    def put(self, s3: Any, bucket: str, inputs: Values) -> None:
        lock = {"ObjectLockEnabled": inputs.get("objectLockEnabled", "Enabled")}
        if rule := inputs.get("rule"):
            lock["Rule"] = _for_s3(rule, self.properties["rule"])
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=lock)

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("s3").get_object_lock_configuration(Bucket=id))
        if found is None:
            return None
        lock = found["ObjectLockConfiguration"]
        observed = {"bucket": id, "objectLockEnabled": lock["ObjectLockEnabled"]}
        if "Rule" in lock:
            observed["rule"] = _from_s3(lock["Rule"], self.properties["rule"], state.get("rule"))
        return observed

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        # Object Lock cannot be disabled on a bucket; only its default retention can be removed.
        aws.client("s3").put_object_lock_configuration(
            Bucket=id, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )


_IRREGULAR = {"id": "ID", "sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}


def _pascal(key: str) -> str:
    return _IRREGULAR.get(key) or key[0].upper() + key[1:]


def _for_s3(value: Any, prop: Property) -> Any:
    """Convert a property's value to the spelling of S3's API."""
    if isinstance(value, list):
        return [_for_s3(item, prop) for item in value]
    if prop.fields is None:
        return value
    return {_pascal(key): _for_s3(value[key], field) for key, field in prop.fields.items() if key in value}


def _from_s3(value: Any, prop: Property, known: Any) -> Any:
    """Convert a value of S3's API to the spelling of the property.

    Leave out defaults that S3 adds, except where the state (`known`) has the key: otherwise they would count as drift.
    """
    if isinstance(value, list):
        earlier = known if isinstance(known, list) and len(known) == len(value) else [None] * len(value)
        return [_from_s3(item, prop, before) for item, before in zip(value, earlier, strict=True)]
    if prop.fields is None:
        return value
    return {
        key: _from_s3(value[_pascal(key)], field, known.get(key) if isinstance(known, Mapping) else None)
        for key, field in prop.fields.items()
        if _pascal(key) in value
        and (not isinstance(known, Mapping) or key in known or not _is_default(value[_pascal(key)]))
    }


def _is_default(value: Any) -> bool:
    return value in (False, "", {"Prefix": ""})
