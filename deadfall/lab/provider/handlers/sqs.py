"""Amazon SQS: queues and their policies."""

from typing import Any, ClassVar

from ..aws import Aws
from ..handler import TAGS, Change, Handler, Values, present
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
# What a property goes back to when it is taken out of the program (API reference, SetQueueAttributes).
_DEFAULTS = {
    "delaySeconds": "0",
    "kmsDataKeyReusePeriodSeconds": "300",
    "maxMessageSize": "1048576",
    "messageRetentionSeconds": "345600",
    "receiveWaitTimeSeconds": "0",
    "sqsManagedSseEnabled": "true",
    "visibilityTimeoutSeconds": "30",
}


class Queue(Handler):
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

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        url = aws.client("sqs").create_queue(
            QueueName=inputs["name"],
            Attributes={
                told: _attribute(inputs[key]) for key, told in _ATTRIBUTES.items() if inputs.get(key) is not None
            },
            tags=dict(inputs["tagsAll"]),
        )["QueueUrl"]
        return url, {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        sqs = aws.client("sqs")
        found = present(lambda: sqs.get_queue_attributes(QueueUrl=id, AttributeNames=["All"]))
        if found is None:
            return None
        told = found["Attributes"]
        return {
            "name": id.rpartition("/")[2],
            "url": id,
            "arn": told["QueueArn"],
            **{key: self._value(key, told[name]) for key, name in _ATTRIBUTES.items() if told.get(name)},
            "tagsAll": sqs.list_queue_tags(QueueUrl=id).get("Tags", {}),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        sqs = aws.client("sqs")
        attributes = {
            told: _attribute(change.new[key]) if change.new.get(key) is not None else _DEFAULTS.get(key, "")
            for key, told in _ATTRIBUTES.items()
            if change.of(key)
        }
        if attributes:
            sqs.set_queue_attributes(QueueUrl=id, Attributes=attributes)
        if change.of("tagsAll"):
            added, removed = change.tags()
            if removed:
                sqs.untag_queue(QueueUrl=id, TagKeys=removed)
            if added:
                sqs.tag_queue(QueueUrl=id, Tags=added)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("sqs").delete_queue(QueueUrl=id)

    def _value(self, key: str, told: str) -> Any:
        match self.properties[key].kind:
            case "number":
                return int(told)
            case "boolean":
                return told == "true"
        return told


def _attribute(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class QueuePolicy(Handler):
    pulumi_type = "aws:sqs/queuePolicy:QueuePolicy"
    properties: ClassVar[Schema] = {"queueUrl": string(required=True, replaces=True), "policy": document(required=True)}

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs["queueUrl"], inputs["policy"])
        return inputs["queueUrl"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        found = present(lambda: aws.client("sqs").get_queue_attributes(QueueUrl=id, AttributeNames=["Policy"]))
        policy = (found or {}).get("Attributes", {}).get("Policy")
        return {"queueUrl": id, "policy": policy} if policy else None

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, id, change.new["policy"])

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        self._put(aws, id, "")

    @staticmethod
    def _put(aws: Aws, url: str, policy: str) -> None:
        aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
