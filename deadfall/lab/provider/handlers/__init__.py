"""The types that the lab has, each by its Pulumi type."""

from ..handler import Handler
from . import cloudtrail, cloudwatch, dynamodb, events, iam, kms, lambda_, logs, s3, secretsmanager, sns, sqs

_ALL: tuple[type[Handler], ...] = (
    cloudtrail.Trail,
    cloudwatch.MetricAlarm,
    dynamodb.Table,
    events.EventRule,
    events.EventTarget,
    iam.AccessKey,
    iam.Role,
    iam.RolePolicy,
    iam.User,
    iam.UserPolicy,
    kms.Alias,
    kms.Key,
    lambda_.Function,
    lambda_.FunctionEventInvokeConfig,
    lambda_.Permission,
    logs.LogGroup,
    logs.LogMetricFilter,
    s3.Bucket,
    s3.BucketLifecycleConfiguration,
    s3.BucketObjectLockConfiguration,
    s3.BucketOwnershipControls,
    s3.BucketPolicy,
    s3.BucketPublicAccessBlock,
    s3.BucketServerSideEncryptionConfiguration,
    s3.BucketVersioning,
    secretsmanager.Secret,
    secretsmanager.SecretVersion,
    sns.Topic,
    sns.TopicPolicy,
    sns.TopicSubscription,
    sqs.Queue,
    sqs.QueuePolicy,
)

HANDLERS: dict[str, Handler] = {handler.pulumi_type: handler() for handler in _ALL}
