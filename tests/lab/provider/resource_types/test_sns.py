import json
from collections.abc import Iterator
from typing import Any

import pytest

from deadfall.lab.emulator import Emulator

from ..driver import ACCOUNT_ID, REGION, TAGS, Made, Provider

TOPIC = "aws:sns/topic:Topic"
ARN = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:it"


def document(service: str) -> str:
    statement = {
        "Sid": "Publish",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": ARN,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def sns(emulator: Emulator) -> Any:
    return emulator.client("sns", REGION)


@pytest.fixture
def topic(provider: Provider) -> Iterator[Made]:
    topic = provider.create(TOPIC, {"name": "it"})
    yield topic
    provider.delete(topic)


def attributes(sns: Any) -> dict[str, str]:
    return sns.get_topic_attributes(TopicArn=ARN)["Attributes"]


def test_a_topic_lives(provider: Provider, sns: Any) -> None:
    topic = provider.create(TOPIC, {"name": "it", "displayName": "one", "kmsMasterKeyId": "alias/aws/sns"})
    assert (topic.id, topic.outputs["owner"]) == (ARN, ACCOUNT_ID)
    assert attributes(sns)["KmsMasterKeyId"] == "alias/aws/sns"
    assert provider.is_settled(topic)
    topic = provider.is_changed(
        topic,
        {
            "displayName": "two",
            "kmsMasterKeyId": None,
            "policy": document("events.amazonaws.com"),
            "tags": {"Env": "dev"},
        },
    )
    assert attributes(sns)["DisplayName"] == "two"
    assert attributes(sns).get("KmsMasterKeyId", "") == ""
    assert json.loads(attributes(sns)["Policy"]) == json.loads(document("events.amazonaws.com"))
    tags = sns.list_tags_for_resource(ResourceArn=ARN)["Tags"]
    assert {t["Key"]: t["Value"] for t in tags} == {**TAGS, "Env": "dev"}
    assert provider.is_replaced_by(topic, {"name": "other", "region": "us-east-1"})
    assert provider.is_gone(topic)


def test_a_policy_lives(provider: Provider, sns: Any, topic: Made) -> None:
    policy = provider.create(
        "aws:sns/topicPolicy:TopicPolicy", {"arn": ARN, "policy": document("events.amazonaws.com")}
    )
    assert json.loads(attributes(sns)["Policy"]) == json.loads(document("events.amazonaws.com"))
    assert provider.is_settled(policy)
    policy = provider.is_changed(policy, {"policy": document("cloudwatch.amazonaws.com")})
    assert json.loads(attributes(sns)["Policy"]) == json.loads(document("cloudwatch.amazonaws.com"))
    assert provider.is_replaced_by(policy, {"arn": f"{ARN}-other"})
    provider.delete(policy)
    assert json.loads(attributes(sns)["Policy"])["Id"] == "__default_policy_ID"
    provider.delete(topic)
    assert provider.is_gone(policy)


def test_a_subscription_lives(provider: Provider, sns: Any, topic: Made) -> None:
    subscription = provider.create(
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": ARN, "protocol": "email", "endpoint": "soc@example.com"},
    )
    assert subscription.id.startswith(f"{ARN}:")
    assert subscription.outputs["ownerId"] == ACCOUNT_ID
    assert [s["Endpoint"] for s in sns.list_subscriptions_by_topic(TopicArn=ARN)["Subscriptions"]] == [
        "soc@example.com"
    ]
    assert provider.is_settled(subscription)
    subscription = provider.is_changed(subscription, {"filterPolicy": json.dumps({"severity": ["high"]})})
    told = sns.get_subscription_attributes(SubscriptionArn=subscription.id)["Attributes"]
    assert json.loads(told["FilterPolicy"]) == {"severity": ["high"]}
    assert provider.is_replaced_by(
        subscription, {"topic": f"{ARN}-other", "protocol": "https", "endpoint": "other@example.com"}
    )
    assert provider.is_gone(subscription)
    assert sns.list_subscriptions_by_topic(TopicArn=ARN)["Subscriptions"] == []
