"""One customer managed KMS key per region, for its topics; in the home region also for archive and evidence."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.names import Names

from .component import Component
from .policy_document import Statement, policy_document


@dataclass(frozen=True)
class EncryptionKeyArgs:
    """`keep` protects the key from `pulumi destroy`, since nothing that it encrypted can be read without it."""

    names: Names
    region: str
    encrypts_trail: bool
    keep: bool


class EncryptionKey(Component):
    """A rotating key under the alias of the stack.

    Not the AWS managed key `alias/aws/sns`: its policy cannot let CloudWatch alarms publish, so their notifications
    would be lost silently (SNS developer guide, "Key management": event sources and encrypted topics).
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        key = aws.kms.Key(
            name,
            description="Account audit records and notices",
            enable_key_rotation=True,
            deletion_window_in_days=7,
            policy=policy_document(_statements(args)),
            region=args.region,
            opts=self.child(protect=args.keep),
        )
        aws.kms.Alias(name, name=args.names.key_alias, target_key_id=key.key_id, region=args.region, opts=self.child())
        self.arn = key.arn
        self.register_outputs({"arn": self.arn})


def _statements(args: EncryptionKeyArgs) -> list[Statement]:
    names = args.names
    statements: list[Statement] = [
        {
            # Delegates to IAM policies of the account; without this statement the key would be unmanageable.
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": names.iam_arn("root")},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "AlarmsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": names.account_id}},
        },
    ]
    if args.encrypts_trail:
        # For log files and for the optional topic that is notified of each (CloudTrail user guide, "Configure AWS
        # KMS key policies for CloudTrail"; Decrypt is needed because the bucket uses an S3 Bucket Key).
        statements.append(
            {
                "Sid": "TrailEncrypts",
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceArn": names.trail_arn}},
            }
        )
    return statements
