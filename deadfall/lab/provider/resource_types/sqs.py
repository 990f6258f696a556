"""Amazon SQS: queues and their policies."""

from typing import Any, ClassVar

from ..aws import Aws
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing
from ..schema import Schema, boolean, document, name, number, string

_ATTRIBUTES = {
    "delaySeconds": "DelaySeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
# The defaults that a property returns to when it is removed from the program (API reference, SetQueueAttributes).
_DEFAULTS = {
    "delaySeconds": "0",
    "kmsDataKeyReusePeriodSeconds": "300",
    "maxMessageSize": "1048576",
    "messageRetentionSeconds": "345600",
    "receiveWaitTimeSeconds": "0",
    "sqsManagedSseEnabled": "true",
    "visibilityTimeoutSeconds": "30",
}


def _queue_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("sqs", resource.name()),)


def _queue_of_policy_arns(resource: PlannedResource) -> tuple[str, ...]:
    return _queue_arns(resource.referred("queueUrl", Queue.pulumi_type))


class Queue(ResourceType):
    pulumi_type = "aws:sqs/queue:Queue"
    properties: ClassVar[Schema] = {
        "name": name(80),
        "delaySeconds": number(),
        "kmsMasterKeyId": string(),
        "kmsDataKeyReusePeriodSeconds": number(),
        "maxMessageSize": number(),
        "messageRetentionSeconds": number(),
        "policy": document(),
        "receiveWaitTimeSeconds": number(),
        "redriveAllowPolicy": document(),
        "redrivePolicy": document(),
        "sqsManagedSseEnabled": boolean(),
        "visibilityTimeoutSeconds": number(),
        "tags": TAGS,
    }
    outputs = ("arn", "url", "policy")
    deploy_permissions = DeployPermissions(
        source="internal/service/sqs/queue.go",
        on=_queue_arns,
        grants=(
            Grant(Verb.CREATE, "sqs:CreateQueue"),
            Grant(Verb.READ, "sqs:GetQueueAttributes sqs:ListQueueTags"),
            Grant(Verb.UPDATE, "sqs:SetQueueAttributes"),
            Grant(Verb.DELETE, "sqs:DeleteQueue"),
            Grant(Verb.TAG, "sqs:TagQueue sqs:UntagQueue"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        url = aws.client("sqs").create_queue(
            QueueName=inputs["name"],
            Attributes={
                attribute: _attribute(inputs[key])
                for key, attribute in _ATTRIBUTES.items()
                if inputs.get(key) is not None
            },
            tags=dict(inputs["tagsAll"]),
        )["QueueUrl"]
        return url, {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        sqs = aws.client("sqs")
        found = none_if_missing(lambda: sqs.get_queue_attributes(QueueUrl=id, AttributeNames=["All"]))
        if found is None:
            return None
        response = found["Attributes"]
        return {
            "name": id.rpartition("/")[2],
            "url": id,
            "arn": response["QueueArn"],
            **{key: self._value(key, response[name]) for key, name in _ATTRIBUTES.items() if response.get(name)},
            "tagsAll": sqs.list_queue_tags(QueueUrl=id).get("Tags", {}),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        sqs = aws.client("sqs")
        attributes = {
            attribute: _attribute(change.new[key]) if change.new.get(key) is not None else _DEFAULTS.get(key, "")
            for key, attribute in _ATTRIBUTES.items()
            if change.any_of(key)
        }
        if attributes:
            sqs.set_queue_attributes(QueueUrl=id, Attributes=attributes)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                sqs.untag_queue(QueueUrl=id, TagKeys=removed)
            if added:
                sqs.tag_queue(QueueUrl=id, Tags=added)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("sqs").delete_queue(QueueUrl=id)

    def _value(self, key: str, text: str) -> Any:
        match self.properties[key].kind:
            case "number":
                return int(text)
            case "boolean":
                return text == "true"
        return text


def _attribute(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class QueuePolicy(ResourceType):
    pulumi_type = "aws:sqs/queuePolicy:QueuePolicy"
    properties: ClassVar[Schema] = {"queueUrl": string(required=True, replaces=True), "policy": document(required=True)}
    deploy_permissions = DeployPermissions(
        source="internal/service/sqs/queue_policy.go",
        on=_queue_of_policy_arns,
        grants=(
            Grant(Verb.READ, "sqs:GetQueueAttributes"),
            Grant(Verb.UPDATE, "sqs:SetQueueAttributes"),  # for creating and deleting, too
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs["queueUrl"], inputs["policy"])
        return inputs["queueUrl"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = none_if_missing(lambda: aws.client("sqs").get_queue_attributes(QueueUrl=id, AttributeNames=["Policy"]))
        policy = (found or {}).get("Attributes", {}).get("Policy")
        return {"queueUrl": id, "policy": policy} if policy else None

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, id, change.new["policy"])

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        self._put(aws, id, "")

    @staticmethod
    def _put(aws: Aws, url: str, policy: str) -> None:
        aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
