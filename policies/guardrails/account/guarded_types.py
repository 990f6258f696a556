"""Guarded services contain only resource types that guardrails know."""

from pulumi_policy import ResourceValidationArgs, Severity

from .. import types
from ..guardrail import Report, on_resource, setting

# The services that guardrails are about, and what can make anything of them in another guise.
GUARDED = (
    *("aws:cloudtrail/", "aws:cloudwatch/", "aws:dynamodb/", "aws:iam/", "aws:kms/", "aws:lambda/", "aws:s3/"),
    *("aws:secretsmanager/", "aws:sns/", "aws:sqs/"),
    *("aws-native:", "aws:cloudcontrol/", "aws:cloudformation/", "aws:s3control/"),
)
KNOWN = frozenset(token for name, token in vars(types).items() if name.isupper())
# They display, name or log, and grant no access.
HARMLESS = (
    *("aws:cloudwatch/compositeAlarm:CompositeAlarm", "aws:cloudwatch/dashboard:Dashboard"),
    *("aws:cloudwatch/queryDefinition:QueryDefinition", "aws:iam/accountAlias:AccountAlias"),
    *("aws:iam/accountPasswordPolicy:AccountPasswordPolicy", "aws:kms/alias:Alias", "aws:s3/bucketMetric:BucketMetric"),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
)
CONFIG = {
    "reviewed": {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "description": "Types of resources, such as `aws:kms/grant:Grant`, that were reviewed instead.",
    }
}


def _check(args: ResourceValidationArgs, report: Report) -> None:
    if not args.resource_type.startswith(GUARDED):
        args.not_applicable("of no service that guardrails are about")
    if args.resource_type not in (*KNOWN, *HARMLESS, *setting(args, CONFIG, "reviewed")):
        report(
            f"No guardrail knows the type {args.resource_type}, so its effects are unchecked; use a known type, or "
            "have it reviewed and list it in the setting reviewed."
        )


POLICY = on_resource(
    __name__,
    applies_to=[],
    description="In the services that guardrails cover, a stack uses only resource types that they know.",
    rationale=(
        "A type that no guardrail knows can undo what the others enforce: a KeyPolicy beside the key, a BucketV2, a "
        "muted alarm."
    ),
    severity=Severity.HIGH,
    remediation="Use the types that the program uses; have any other reviewed and list it in the setting reviewed.",
    config=CONFIG,
    check=_check,
)
