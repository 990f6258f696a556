import json

from deadfall.lab.emulator import Emulator

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

QUEUE = "aws:sqs/queue:Queue"
ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:it"


def document(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": ARN}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_queue_and_its_policy_live(provider: Provider, emulator: Emulator) -> None:
    sqs = emulator.client("sqs", REGION)
    queue = provider.create(QUEUE, {"name": "it", "visibilityTimeoutSeconds": 60, "sqsManagedSseEnabled": True})

    def told() -> dict[str, str]:
        return sqs.get_queue_attributes(QueueUrl=queue.id, AttributeNames=["All"])["Attributes"]

    assert (told()["VisibilityTimeout"], told()["SqsManagedSseEnabled"]) == ("60", "true")
    assert (queue.outputs["url"], queue.outputs["arn"]) == (queue.id, ARN)
    assert provider.is_settled(queue)
    queue = provider.is_changed(
        queue, {"visibilityTimeoutSeconds": None, "messageRetentionSeconds": 1209600, "tags": {"Env": "dev"}}
    )
    assert (told()["VisibilityTimeout"], told()["MessageRetentionPeriod"]) == ("30", "1209600")
    assert sqs.list_queue_tags(QueueUrl=queue.id)["Tags"] == {**TAGS, "Env": "dev"}
    assert provider.is_replaced_by(queue, {"name": "other", "region": "us-east-1"})

    policy = provider.create(
        "aws:sqs/queuePolicy:QueuePolicy", {"queueUrl": queue.id, "policy": document("sns.amazonaws.com")}
    )
    assert json.loads(told()["Policy"]) == json.loads(document("sns.amazonaws.com"))
    assert provider.is_settled(policy)
    policy = provider.is_changed(policy, {"policy": document("events.amazonaws.com")})
    assert json.loads(told()["Policy"]) == json.loads(document("events.amazonaws.com"))
    assert provider.is_replaced_by(policy, {"queueUrl": "http://127.0.0.1/other"})
    assert provider.is_gone(policy)
    assert provider.is_gone(queue)
    assert provider.is_gone(policy)
