"""Amazon SNS."""

from ..grant import Grant, ResourceType, Verb, anything
from ..planned import Planned

TOPIC = "aws:sns/topic:Topic"


def _topic(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("sns", resource.name()),)


TYPES = (
    ResourceType(
        TOPIC,
        source="internal/service/sns/topic.go",
        on=_topic,
        grants=(
            Grant(Verb.CREATE, "sns:CreateTopic"),
            Grant(Verb.READ, "sns:GetTopicAttributes sns:ListTagsForResource"),
            Grant(Verb.UPDATE, "sns:SetTopicAttributes"),
            Grant(Verb.DELETE, "sns:DeleteTopic"),
            Grant(Verb.TAG, "sns:TagResource sns:UntagResource"),
        ),
    ),
    ResourceType(
        "aws:sns/topicPolicy:TopicPolicy",
        source="internal/service/sns/topic_policy.go",
        on=lambda resource: _topic(resource.referred("arn", TOPIC)),
        grants=(
            Grant(Verb.READ, "sns:GetTopicAttributes"),
            Grant(Verb.UPDATE, "sns:SetTopicAttributes"),  # for creating and deleting, too
        ),
    ),
    ResourceType(
        "aws:sns/topicSubscription:TopicSubscription",
        source="internal/service/sns/topic_subscription.go",
        on=lambda resource: _topic(resource.referred("topic", TOPIC)),
        grants=(
            Grant(Verb.CREATE, "sns:Subscribe"),
            Grant(Verb.READ, "sns:GetSubscriptionAttributes", on=anything),
            Grant(Verb.DELETE, "sns:Unsubscribe", on=anything),
        ),
    ),
)
