"""Which events a trail records: data events need a selector, and config may exclude two services' management events.

Sources: docs/aws-facts.md, data-events and trail-selectors; CloudTrail's guide, "Logging data events"; S3's guide,
"Amazon S3 CloudTrail events". An adopted trail may have selectors for data events; config doesn't know them.
"""

from collections.abc import Mapping

from deadfall.config import Trail

_DATA_EVENTS: Mapping[str, frozenset[str]] = {
    "bedrock": frozenset({"InvokeAgent", "InvokeFlow", "Retrieve", "RetrieveAndGenerate"}),
    "cognito-identity": frozenset({"GetCredentialsForIdentity", "GetId", "GetOpenIdToken", "UnlinkIdentity"}),
    "dynamodb": frozenset(
        {"BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement", "GetItem"}
        | {"ExecuteTransaction", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem"}
        | {"GetRecords", "GetShardIterator"}
    ),
    "ebs": frozenset({"GetSnapshotBlock", "ListChangedBlocks", "ListSnapshotBlocks", "PutSnapshotBlock"}),
    "kinesis": frozenset({"GetRecords", "GetShardIterator", "PutRecord", "PutRecords", "SubscribeToShard"}),
    "lambda": frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"}),
    "logs": frozenset({"PutLogEvents"}),
    "monitoring": frozenset({"GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "PutMetricData"}),
    "s3": frozenset(
        {"AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject"}
        | {"DeleteObjects", "DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes", "HeadBucket"}
        | {"GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "HeadObject"}
        | {"ListMultipartUploads", "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListParts", "PostObject"}
        | {"PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging"}
        | {"RestoreObject", "SelectObjectContent", "UploadPart", "UploadPartCopy", "WriteGetObjectResponse"}
    ),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset(
        {"ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch"}
        | {"ReceiveMessage", "SendMessage", "SendMessageBatch"}
    ),
}
_DATA_KINDS = ("Data", "NetworkActivity", "Insight", "AwsVpceEvent", "AwsCloudTrailInsight")


def unrecorded_event(trail: Trail, source: str, name: str) -> str | None:
    """Return why the trail doesn't record the event, with the remedy; None if it does or may."""
    if excluded := _excluded(trail, source):
        return excluded
    if trail.existing is None and name in _DATA_EVENTS.get(source.removesuffix(".amazonaws.com"), ()):
        return (
            f"{name} of {source} is a data event, and Deadfall's trail records none; only a trail with a selector for "
            "data events does"
        )
    return None


def unrecorded_kind(trail: Trail, value: str) -> str | None:
    """Return why the trail doesn't record events of this eventCategory or eventType; None if it does or may."""
    if trail.existing is None and value in _DATA_KINDS:
        return f"Deadfall's trail records management events only, not those of the kind {value}; remove the test"
    return None


def _excluded(trail: Trail, source: str) -> str | None:
    for key, of, is_excluded in (
        ("excludeKms", "kms.amazonaws.com", trail.exclude_kms),
        ("excludeRdsData", "rdsdata.amazonaws.com", trail.exclude_rds_data),
    ):
        if is_excluded and source == of:
            return f"trail.{key} excludes the events of {of} from the trail; remove {key} or the rule"
    return None
