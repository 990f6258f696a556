"""The queue of undeliverable events, and its alarm."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from deadfall.names import Names

from .alarm import alarm
from .alert_topic import AlertTopic
from .component import Component
from .policy_document import Statement, policy_document, tls_only

FOURTEEN_DAYS = 14 * 24 * 3600  # the longest retention of SQS


@dataclass(frozen=True)
class DeadLetterQueueArgs:
    """`from_rules` lets EventBridge rules of this stack and region send; a function sends with its own role."""

    names: Names
    queue: str
    region: str
    topic: AlertTopic
    from_rules: bool


class DeadLetterQueue(Component):
    """A standard SQS queue, encrypted by SQS, in the region of its sender; its first message raises an alarm.

    EventBridge needs the queue policy that its console would create (EventBridge user guide, "Using dead-letter
    queues").
    """

    arn: str
    url: pulumi.Output[str]
    ready: pulumi.Resource

    def __init__(self, name: str, args: DeadLetterQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.arn = args.names.arn("sqs", args.queue, args.region)
        queue = aws.sqs.Queue(
            name,
            name=args.queue,
            message_retention_seconds=FOURTEEN_DAYS,
            sqs_managed_sse_enabled=True,
            region=args.region,
            opts=self.child(),
        )
        self.ready = aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=policy_document(_statements(args, self.arn)),
            region=args.region,
            opts=self.child(),
        )
        alarm(
            name,
            called=args.queue,
            description="Events could not be delivered; they are in the queue of this name.",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": args.queue},
            statistic="Maximum",
            topic=args.topic,
            region=args.region,
            opts=self.child(),
        )
        self.url = queue.url
        self.register_outputs({"arn": self.arn, "url": self.url})


def _statements(args: DeadLetterQueueArgs, queue_arn: str) -> list[Statement]:
    statements = [tls_only("sqs:SendMessage", queue_arn)]
    if args.from_rules:
        statements.append(
            {
                "Sid": "Rules",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {
                    "ArnLike": {"aws:SourceArn": args.names.arn("events", f"rule/{args.names.prefix}-*", args.region)}
                },
            }
        )
    return statements
