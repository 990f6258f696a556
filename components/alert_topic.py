"""An encrypted SNS topic with e-mail subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.names import Names

from .component import Component
from .policy_document import Statement, policy_document, tls_only


@dataclass(frozen=True)
class AlertTopicArgs:
    """`topic` is the physical name; SNS asks each of `emails` to confirm the subscription."""

    names: Names
    topic: str
    region: str
    key_arn: pulumi.Input[str]
    emails: Sequence[str]


class AlertTopic(Component):
    """A topic to which only alarms and principals of this account may publish, over TLS."""

    arn: str
    ready: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: AlertTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.arn = args.names.arn("sns", args.topic, args.region)
        topic = aws.sns.Topic(
            name, name=args.topic, kms_master_key_id=args.key_arn, region=args.region, opts=self.child()
        )
        policy = aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=policy_document(_statements(args, self.arn)),
            region=args.region,
            opts=self.child(),
        )
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-{email}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                region=args.region,
                opts=self.child(depends_on=[policy]),
            )
        self.ready = [topic, policy]
        self.register_outputs({"arn": self.arn})


def _statements(args: AlertTopicArgs, topic_arn: str) -> list[Statement]:
    account_id = args.names.account_id
    return [
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnLike": {"aws:SourceArn": args.names.arn("cloudwatch", f"alarm:{args.names.prefix}-*", args.region)},
            },
        },
        {
            # A topic policy replaces the default policy, which lets the account's own principals publish.
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": args.names.iam_arn("root")},
            "Action": "sns:Publish",
            "Resource": topic_arn,
        },
        tls_only("sns:Publish", topic_arn),
    ]
