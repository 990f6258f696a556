"""The topics: who is told, by whom, and that both paths can tell different people."""

from typing import Any

import pytest

from deadfall.lab.engine import Result
from tests.components.recorded import children, dependencies, inputs, names

TOPICS = [
    ("alerts-eu-west-1", "account-audit-alerts", "eu-west-1", "soc@example.com"),
    ("alerts-us-east-1", "account-audit-alerts", "us-east-1", "soc@example.com"),
    ("alarms", "account-audit-alarms", "eu-west-1", "oncall@example.com"),
]
each_topic = pytest.mark.parametrize(("name", "topic", "region", "email"), TOPICS)


def test_alerts_in_every_region_with_detection_and_alarms_at_home(dev: Result, other: Result):
    assert names(dev, "AlertTopic") == {name for name, *_ in TOPICS}
    assert names(other, "AlertTopic") == {"alerts-eu-west-1", "alerts-eu-central-1", "alerts-us-east-1", "alarms"}


@each_topic
def test_all_of_it(dev: Result, name: str, topic: str, region: str, email: str):
    assert children(dev, "AlertTopic", name) == {
        f"sns.Topic {name}",
        f"sns.TopicPolicy {name}",
        f"sns.TopicSubscription {name}-{email}",
    }
    assert inputs(dev, "sns.Topic", name) == {
        "name": topic,
        "kmsMasterKeyId": f"<kms.Key key-{region}>",
        "region": region,
    }


@each_topic
def test_alarms_of_the_stack_and_the_account_publish_over_tls(
    dev: Result, name: str, topic: str, region: str, email: str
):
    arn = f"arn:aws:sns:{region}:111122223333:{topic}"
    assert inputs(dev, "sns.TopicPolicy", name) == {
        "arn": f"<sns.Topic {name}>",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Alarms",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": "111122223333"},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{region}:111122223333:alarm:account-audit-*"},
                    },
                },
                {
                    "Sid": "Account",
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                    "Action": "sns:Publish",
                    "Resource": arn,
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
        },
        "region": region,
    }


@each_topic
def test_each_path_tells_its_own_address(dev: Result, name: str, topic: str, region: str, email: str):
    subscription = f"{name}-{email}"
    assert inputs(dev, "sns.TopicSubscription", subscription) == {
        "topic": f"<sns.Topic {name}>",
        "protocol": "email",
        "endpoint": email,
        "region": region,
    }
    # No mail to confirm for a topic that can't be published to yet.
    assert dependencies(dev, "sns.TopicSubscription", subscription) >= {f"sns.TopicPolicy {name}"}


def test_without_addresses_of_its_own_path_l_tells_those_of_path_e(other: Result):
    told: dict[str, list[Any]] = {}
    for subscription in sorted(names(other, "sns.TopicSubscription")):
        asked = inputs(other, "sns.TopicSubscription", subscription)
        told.setdefault(asked["topic"], []).append((asked["endpoint"], asked["region"]))

    def both(region: str) -> list[tuple[str, str]]:
        return [("first@example.com", region), ("second@example.com", region)]

    assert told == {
        "<sns.Topic alerts-eu-west-1>": both("eu-west-1"),
        "<sns.Topic alerts-eu-central-1>": both("eu-central-1"),
        "<sns.Topic alerts-us-east-1>": both("us-east-1"),
        "<sns.Topic alarms>": both("eu-west-1"),
    }
