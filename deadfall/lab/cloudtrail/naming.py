"""How CloudTrail names and classes API calls: event source and name, read or write, logged or not, and where.

Names were taken from published records (research/deception.md); `tests/lab/test_records.py` compares with real ones.
"""

from ..request_parser import ApiCall

# Lambda records carry the API version that an operation came with; those that are not listed carry none.
_LAMBDA_NAMES = {
    "AddPermission": "AddPermission20150331v2",
    "CreateEventSourceMapping": "CreateEventSourceMapping20150331",
    "CreateFunction": "CreateFunction20150331",
    "DeleteEventSourceMapping": "DeleteEventSourceMapping20150331",
    "DeleteFunction": "DeleteFunction20150331",
    "GetEventSourceMapping": "GetEventSourceMapping20150331",
    "GetFunction": "GetFunction20150331v2",
    "GetFunctionConfiguration": "GetFunctionConfiguration20150331v2",
    "GetPolicy": "GetPolicy20150331v2",
    "ListEventSourceMappings": "ListEventSourceMappings20150331",
    "ListFunctions": "ListFunctions20150331",
    "ListTags": "ListTags20170331",
    "ListVersionsByFunction": "ListVersionsByFunction20150331",
    "PublishVersion": "PublishVersion20150331",
    "PutFunctionConcurrency": "PutFunctionConcurrency20171031",
    "DeleteFunctionConcurrency": "DeleteFunctionConcurrency20171031",
    "RemovePermission": "RemovePermission20150331v2",
    "TagResource": "TagResource20170331v2",
    "UntagResource": "UntagResource20170331v2",
    "UpdateEventSourceMapping": "UpdateEventSourceMapping20150331",
    "UpdateFunctionCode": "UpdateFunctionCode20150331v2",
    "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
}
_S3_NAMES = {
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}

_READ_PREFIXES = (
    "BatchGet",
    "Describe",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Simulate",
)
_READS = {
    # Cryptography with a KMS key changes nothing, and STS calls it reading to hand out a role's session.
    "kms": {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt", "Sign", "Verify"},
    "sts": {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "DecodeAuthorizationMessage"},
    "iam": {"GenerateCredentialReport", "GenerateServiceLastAccessedDetails"},
    "logs": {"StartQuery", "TestMetricFilter"},
    "events": {"TestEventPattern"},
}
# EventBridge's documentation excepts these two from the read-only calls, and real records say readOnly false.
_WRITES = {("sts", "GetFederationToken"), ("sts", "GetSessionToken")}

# Data events (a trail logs them only with a selector) and calls that CloudTrail never logs.
_NOT_MANAGEMENT = {
    "cloudwatch": {"GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics", "PutMetricData"},
    "dynamodb": {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    },
    "events": {"PutEvents"},
    "lambda": {"Invoke", "InvokeAsync", "InvokeWithResponseStream"},
    "logs": {"PutLogEvents"},
    "s3": {
        "CreateSession",
        "DeleteObjects",
        "HeadBucket",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListObjects",
        "ListObjectsV2",
    },
    "sns": {"Publish", "PublishBatch"},
    "sqs": {
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ListQueues",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
    },
}

# Logged in us-east-1 wherever they are called from (research/deception.md §2.2). STS is logged where it is called.
GLOBAL_EVENT_SOURCES = {
    "account.amazonaws.com",
    "cloudfront.amazonaws.com",
    "iam.amazonaws.com",
    "organizations.amazonaws.com",
    "route53.amazonaws.com",
}


def event_source(call: ApiCall) -> str:
    metadata = call.model.metadata
    return f"{metadata.get('signingName') or metadata['endpointPrefix']}.amazonaws.com"


def event_name(call: ApiCall) -> str:
    names = {"lambda": _LAMBDA_NAMES, "s3": _S3_NAMES}.get(call.service, {})
    return names.get(call.operation, call.operation)


def is_read_only(call: ApiCall) -> bool:
    if (call.service, call.operation) in _WRITES:
        return False
    return call.operation.startswith(_READ_PREFIXES) or call.operation in _READS.get(call.service, set())


def is_management_event(call: ApiCall) -> bool:
    """False for data events and for calls that CloudTrail does not log: without a selector neither is recorded."""
    if call.service == "s3" and "Key" in call.model.input_shape.members:
        return False
    return call.operation not in _NOT_MANAGEMENT.get(call.service, set())


def recorded_region(call: ApiCall) -> str:
    return "us-east-1" if event_source(call) in GLOBAL_EVENT_SOURCES else call.region


def client_host(call: ApiCall) -> str:
    """The host name that the caller would have used on AWS."""
    prefix = call.model.metadata["endpointPrefix"]
    if event_source(call) in GLOBAL_EVENT_SOURCES:
        return f"{prefix}.amazonaws.com"
    return f"{prefix}.{call.region}.amazonaws.com"
