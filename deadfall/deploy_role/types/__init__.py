"""Every type that a stack can hold, by Pulumi type. The same set as the lab's provider has: a test compares them.

Which actions: the calls of terraform-provider-aws, per type, in the file named `source`. On which resources: the
service authorization reference, which the tests have an extract of.
"""

from ..grant import ResourceType
from . import (
    athena,
    cloudtrail,
    cloudwatch,
    dynamodb,
    events,
    glue,
    iam,
    kms,
    lambda_,
    logs,
    s3,
    secretsmanager,
    sns,
    sqs,
)

_MODULES = (
    athena,
    cloudtrail,
    cloudwatch,
    dynamodb,
    events,
    glue,
    iam,
    kms,
    lambda_,
    logs,
    s3,
    secretsmanager,
    sns,
    sqs,
)

TYPES: dict[str, ResourceType] = {known.pulumi_type: known for module in _MODULES for known in module.TYPES}
