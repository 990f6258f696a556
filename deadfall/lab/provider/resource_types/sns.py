"""Amazon SNS: topics, their policies, their subscriptions."""

import json
from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb, anything
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, without_none
from ..schema import Schema, boolean, document, name, string

_TOPIC_ATTRIBUTES = {
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
}
_SUBSCRIPTION_ATTRIBUTES = {
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
    "rawMessageDelivery": "RawMessageDelivery",
}


def _topic_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("sns", resource.name()),)


class Topic(ResourceType):
    pulumi_type = "aws:sns/topic:Topic"
    properties: ClassVar[Schema] = {
        "name": name(256),
        "displayName": string(),
        "kmsMasterKeyId": string(),
        "policy": document(),
        "deliveryPolicy": document(),
        "tags": TAGS,
    }
    outputs = ("arn", "owner", "policy")
    deploy_permissions = DeployPermissions(
        source="internal/service/sns/topic.go",
        on=_topic_arns,
        grants=(
            Grant(Verb.CREATE, "sns:CreateTopic"),
            Grant(Verb.READ, "sns:GetTopicAttributes sns:ListTagsForResource"),
            Grant(Verb.UPDATE, "sns:SetTopicAttributes"),
            Grant(Verb.DELETE, "sns:DeleteTopic"),
            Grant(Verb.TAG, "sns:TagResource sns:UntagResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        attributes = {
            attribute: inputs[key] for key, attribute in _TOPIC_ATTRIBUTES.items() if inputs.get(key) is not None
        }
        arn = aws.client("sns").create_topic(
            Name=inputs["name"], Attributes=attributes, Tags=tag_list(inputs["tagsAll"])
        )["TopicArn"]
        return arn, {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        sns = aws.client("sns")
        found = none_if_missing(lambda: sns.get_topic_attributes(TopicArn=id))
        if found is None:
            return None
        attributes = found["Attributes"]
        return {
            "name": id.rpartition(":")[2],
            "arn": id,
            "owner": attributes["Owner"],
            **{key: attributes[attribute] for key, attribute in _TOPIC_ATTRIBUTES.items() if attributes.get(attribute)},
            "tagsAll": tag_map(sns.list_tags_for_resource(ResourceArn=id)["Tags"]),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        sns = aws.client("sns")
        for key, attribute in _TOPIC_ATTRIBUTES.items():
            if change.any_of(key):
                sns.set_topic_attributes(TopicArn=id, AttributeName=attribute, AttributeValue=change.new.get(key, ""))
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                sns.untag_resource(ResourceArn=id, TagKeys=removed)
            if added:
                sns.tag_resource(ResourceArn=id, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("sns").delete_topic(TopicArn=id)


class TopicPolicy(ResourceType):
    pulumi_type = "aws:sns/topicPolicy:TopicPolicy"
    properties: ClassVar[Schema] = {"arn": string(required=True, replaces=True), "policy": document(required=True)}
    outputs = ("owner",)
    deploy_permissions = DeployPermissions(
        source="internal/service/sns/topic_policy.go",
        on=lambda resource: _topic_arns(resource.referred("arn", Topic.pulumi_type)),
        grants=(
            Grant(Verb.READ, "sns:GetTopicAttributes"),
            Grant(Verb.UPDATE, "sns:SetTopicAttributes"),  # for creating and deleting, too
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs["arn"], inputs["policy"])
        return inputs["arn"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("sns").get_topic_attributes(TopicArn=id))
        if found is None:
            return None
        return {"arn": id, "owner": found["Attributes"]["Owner"], "policy": found["Attributes"]["Policy"]}

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, id, change.new["policy"])

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        # A topic always has a policy, so restore the one that CreateTopic sets.
        if none_if_missing(lambda: aws.client("sns").get_topic_attributes(TopicArn=id)) is not None:
            self._put(aws, id, json.dumps(_default_policy(id, aws.account_id)))

    @staticmethod
    def _put(aws: Aws, topic: str, policy: str) -> None:
        aws.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def _default_policy(topic: str, account_id: str) -> dict[str, Any]:
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [
                    "SNS:GetTopicAttributes",
                    "SNS:SetTopicAttributes",
                    "SNS:AddPermission",
                    "SNS:RemovePermission",
                    "SNS:DeleteTopic",
                    "SNS:Subscribe",
                    "SNS:ListSubscriptionsByTopic",
                    "SNS:Publish",
                ],
                "Resource": topic,
                "Condition": {"StringEquals": {"AWS:SourceOwner": account_id}},
            }
        ],
    }


class TopicSubscription(ResourceType):
    pulumi_type = "aws:sns/topicSubscription:TopicSubscription"
    properties: ClassVar[Schema] = {
        "topic": string(required=True, replaces=True),
        "protocol": string(required=True, replaces=True),
        "endpoint": string(required=True, replaces=True),
        "filterPolicy": document(),
        "filterPolicyScope": string(),
        "redrivePolicy": document(),
        "rawMessageDelivery": boolean(),
    }
    outputs = ("arn", "ownerId", "confirmationWasAuthenticated", "pendingConfirmation")
    deploy_permissions = DeployPermissions(
        source="internal/service/sns/topic_subscription.go",
        on=lambda resource: _topic_arns(resource.referred("topic", Topic.pulumi_type)),
        grants=(
            Grant(Verb.CREATE, "sns:Subscribe"),
            Grant(Verb.READ, "sns:GetSubscriptionAttributes", on=anything),
            Grant(Verb.DELETE, "sns:Unsubscribe", on=anything),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        arn = aws.client("sns").subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes={
                attribute: _attribute(inputs[key])
                for key, attribute in _SUBSCRIPTION_ATTRIBUTES.items()
                if inputs.get(key) is not None
            },
            ReturnSubscriptionArn=True,  # otherwise an unconfirmed e-mail subscription would have no ARN
        )["SubscriptionArn"]
        return arn, {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("sns").get_subscription_attributes(SubscriptionArn=id))
        if found is None:
            return None
        response = found["Attributes"]
        return {
            "arn": id,
            "topic": response["TopicArn"],
            "protocol": response["Protocol"],
            "endpoint": response["Endpoint"],
            "ownerId": response["Owner"],
            "pendingConfirmation": response["PendingConfirmation"] == "true",
            "confirmationWasAuthenticated": response.get("ConfirmationWasAuthenticated") == "true",
            "rawMessageDelivery": response.get("RawMessageDelivery") == "true",
            **without_none(
                filterPolicy=response.get("FilterPolicy"),
                filterPolicyScope=response.get("FilterPolicyScope"),
                redrivePolicy=response.get("RedrivePolicy"),
            ),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        for key, attribute in _SUBSCRIPTION_ATTRIBUTES.items():
            if change.any_of(key):
                aws.client("sns").set_subscription_attributes(
                    SubscriptionArn=id, AttributeName=attribute, AttributeValue=_attribute(change.new.get(key, ""))
                )

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("sns").unsubscribe(SubscriptionArn=id)


def _attribute(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else value
