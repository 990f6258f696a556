"""Amazon SQS."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned

QUEUE = "aws:sqs/queue:Queue"


def _queue(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("sqs", resource.name()),)


def _queue_of(resource: Planned) -> tuple[str, ...]:
    return _queue(resource.referred("queueUrl", QUEUE))


TYPES = (
    ResourceType(
        QUEUE,
        source="internal/service/sqs/queue.go",
        on=_queue,
        grants=(
            Grant(Verb.CREATE, "sqs:CreateQueue"),
            Grant(Verb.READ, "sqs:GetQueueAttributes sqs:ListQueueTags"),
            Grant(Verb.UPDATE, "sqs:SetQueueAttributes"),
            Grant(Verb.DELETE, "sqs:DeleteQueue"),
            Grant(Verb.TAG, "sqs:TagQueue sqs:UntagQueue"),
        ),
    ),
    ResourceType(
        "aws:sqs/queuePolicy:QueuePolicy",
        source="internal/service/sqs/queue_policy.go",
        on=_queue_of,
        grants=(
            Grant(Verb.READ, "sqs:GetQueueAttributes"),
            Grant(Verb.UPDATE, "sqs:SetQueueAttributes"),  # for creating and deleting, too
        ),
    ),
)
