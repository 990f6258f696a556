"""Fields of CloudTrail records and GuardDuty findings that are known to have a single value, with their kinds.

A back end that does not look into lists, such as metric filters, is exact only on these fields. Any of them may be
absent or null. Sources: CloudTrail's guide, "record contents for management, data, and network activity events",
"userIdentity element" and "AWS Management Console sign-in events"; for request parameters the API models in botocore,
in which a parameter of that name has the same kind in every operation of every service. Published records show that
CloudTrail writes parameters as in the models, but with a lower-case first letter; AWS doesn't guarantee it.

Findings have other fields than records, so one table serves both. Source: GuardDuty API Reference, "Finding" and the
types in it, whose names EventBridge writes with a lower-case first letter, as 17 published findings show.
"""

from typing import Literal

Kind = Literal["line", "text", "text or object", "number", "boolean", "object"]
"""`line` is one line of printable ASCII, `text` any text. A `text or object` can be tested for a text, but not for the
absence of one, because an object has none either."""

_LINE = (
    *("eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "eventID", "eventType", "eventCategory"),
    *("sourceIPAddress", "errorCode", "requestID", "apiVersion", "recipientAccountId", "sharedEventID"),
    *("vpcEndpointId", "vpcEndpointAccountId", "sessionCredentialFromConsole"),
    "userAgent",  # the value of an HTTP header: ASCII in one line (RFC 9110, 5.5)
    *(f"tlsDetails.{name}" for name in ("tlsVersion", "cipherSuite", "clientProvidedHostHeader")),
    *(f"userIdentity.{name}" for name in ("type", "arn", "accountId", "accessKeyId", "invokedBy", "credentialId")),
    *(f"userIdentity.onBehalfOf.{name}" for name in ("userId", "identityStoreArn")),
    *(f"userIdentity.sessionContext.sessionIssuer.{name}" for name in ("type", "arn", "accountId", "userName")),
    "userIdentity.sessionContext.sessionIssuer.principalId",
    *(f"userIdentity.sessionContext.attributes.{name}" for name in ("mfaAuthenticated", "creationDate")),
    *(f"userIdentity.sessionContext.{name}" for name in ("sourceIdentity", "ec2RoleDelivery")),
    *("additionalEventData.MFAUsed", "additionalEventData.MobileVersion", "responseElements.ConsoleLogin"),
    *("requestParameters.attribute", "requestParameters.attributeType"),  # names that the API models list
)
_TEXT = (
    *("errorMessage", "userIdentity.userName", "userIdentity.principalId", "userIdentity.identityProvider"),
    "additionalEventData.LoginTo",
    "requestParameters.bucketName",  # CloudTrail's name for S3's Bucket
)
_TEXT_PARAMETERS = (
    *("secretId", "keyId", "userName", "roleName", "groupName", "policyName", "policyArn", "policyDocument", "roleArn"),
    *("roleSessionName", "externalId", "principalArn", "accessKeyId", "serialNumber", "accountId", "instanceId"),
    *("snapshotId", "vpcId", "keyName", "regionName", "functionName", "clusterName", "resourceArn"),
    *("filterName", "logGroupName", "logGroupIdentifier", "alarmName", "topicArn", "subscriptionArn", "queueUrl"),
    *("tableName", "aliasName", "policySourceArn", "servicePrincipal", "dBInstanceIdentifier"),
    *("s3BucketName", "s3KeyPrefix", "snsTopicName", "kmsKeyId", "cloudWatchLogsLogGroupArn", "cloudWatchLogsRoleArn"),
    *("authType", "alternateContactType", "sourceArn"),
    "configurationRecorder.recordingGroup.recordingStrategy.useOnly",
    # S3's, which CloudTrail writes as in the request's XML (docs/aws-facts.md, s3-record-parameters)
    *("VersioningConfiguration.Status", "OwnershipControls.Rule.ObjectOwnership"),
    "path",
    # KMS's map of texts, which services fill in when they encrypt for a caller
    *(f"encryptionContext.{key}" for key in ("SecretARN", "SecretVersionId", "PARAMETER_ARN")),
)
# Objects in a few operations: `name` in IAM Identity Center's CreateUser, `resourceId` in one, `rule` in 21 that accept
# a rule's content, such as PutAlarmMuteRule.
_TEXT_OR_OBJECT_PARAMETERS = ("name", "resourceId", "rule")
_NUMBER = ("additionalEventData.bytesTransferredIn", "additionalEventData.bytesTransferredOut")
_NUMBER_PARAMETERS = ("durationSeconds", "retentionPeriodInDays")
_BOOLEAN = ("readOnly", "managementEvent")
_BOOLEAN_PARAMETERS = (
    *("enable", "publiclyAccessible", "withDecryption", "activate", "deletionProtectionEnabled"),
    *("isMultiRegionTrail", "includeGlobalServiceEvents", "enableLogFileValidation", "isOrganizationTrail"),
    "recursiveLogging",
    "configurationRecorder.recordingGroup.allSupported",
    *(
        f"PublicAccessBlockConfiguration.{name}"  # S3's, as above
        for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    ),
)
_FINDING_LINE = (
    *("schemaVersion", "accountId", "region", "partition", "id", "arn", "type", "createdAt", "updatedAt"),
    *("resource.resourceType", "resource.accessKeyDetails.accessKeyId", "resource.accessKeyDetails.userType"),
    *("service.serviceName", "service.detectorId", "service.resourceRole", "service.action.actionType"),
)
_FINDING_TEXT = (
    *("title", "description", "resource.accessKeyDetails.userName", "resource.accessKeyDetails.principalId"),
    "resource.instanceDetails.instanceId",
)
_FINDING_NUMBER = ("severity", "service.count")
_FINDING_BOOLEAN = ("service.archived",)
_FINDING_OBJECT = (
    *("resource", "resource.accessKeyDetails", "resource.instanceDetails"),
    *("service", "service.action", "service.additionalInfo"),
)
_OBJECT = (
    *("userIdentity", "requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"),
    *("tlsDetails", "userIdentity.onBehalfOf", "userIdentity.sessionContext"),
    *("userIdentity.sessionContext.sessionIssuer", "userIdentity.sessionContext.attributes"),
)

FIELDS: dict[str, Kind] = {
    **dict.fromkeys(_LINE, "line"),
    **dict.fromkeys((*_TEXT, *(f"requestParameters.{name}" for name in _TEXT_PARAMETERS)), "text"),
    **dict.fromkeys((f"requestParameters.{name}" for name in _TEXT_OR_OBJECT_PARAMETERS), "text or object"),
    **dict.fromkeys((*_NUMBER, *(f"requestParameters.{name}" for name in _NUMBER_PARAMETERS)), "number"),
    **dict.fromkeys((*_BOOLEAN, *(f"requestParameters.{name}" for name in _BOOLEAN_PARAMETERS)), "boolean"),
    **dict.fromkeys(_OBJECT, "object"),
    **dict.fromkeys(_FINDING_LINE, "line"),
    **dict.fromkeys(_FINDING_TEXT, "text"),
    **dict.fromkeys(_FINDING_NUMBER, "number"),
    **dict.fromkeys(_FINDING_BOOLEAN, "boolean"),
    **dict.fromkeys(_FINDING_OBJECT, "object"),
}

NEVER_NULL = frozenset(
    {"eventName", "eventSource", "eventType", "awsRegion", "errorCode", "errorMessage", "userIdentity.type"}
)
"""Fields that CloudTrail omits rather than writing null (docs/aws-facts.md, record-nulls)."""
