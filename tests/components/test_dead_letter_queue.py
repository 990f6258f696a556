"""Where undelivered events wait: who may put them there, and that somebody hears of it."""

from typing import Any

import pytest

from deadfall.lab.engine import Result
from tests.components.recorded import children, dependencies, inputs, names

QUEUES = [
    ("rule-dead-letters-eu-west-1", "account-audit-rule-dead-letters", "eu-west-1"),
    ("rule-dead-letters-us-east-1", "account-audit-rule-dead-letters", "us-east-1"),
    ("responder-dead-letters", "account-audit-responder-dead-letters", "eu-west-1"),
]
each_queue = pytest.mark.parametrize(("name", "queue", "region"), QUEUES)


def test_one_for_the_rules_of_each_region_and_one_for_the_responder(dev: Result, other: Result):
    assert names(dev, "DeadLetterQueue") == {name for name, *_ in QUEUES}
    assert names(other, "DeadLetterQueue") == {
        "rule-dead-letters-eu-west-1",
        "rule-dead-letters-eu-central-1",
        "rule-dead-letters-us-east-1",
        "responder-dead-letters",
    }


@each_queue
def test_all_of_it(dev: Result, name: str, queue: str, region: str):
    assert children(dev, "DeadLetterQueue", name) == {
        f"sqs.Queue {name}",
        f"sqs.QueuePolicy {name}",
        f"cloudwatch.MetricAlarm {name}",
    }
    assert inputs(dev, "sqs.Queue", name) == {
        "name": queue,
        "messageRetentionSeconds": 1209600,
        "sqsManagedSseEnabled": True,
        "region": region,
    }


@each_queue
def test_rules_of_its_region_and_stack_send_and_nobody_sends_without_tls(
    dev: Result, name: str, queue: str, region: str
):
    arn = f"arn:aws:sqs:{region}:111122223333:{queue}"
    tls_only: dict[str, Any] = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    rules: dict[str, Any] = {
        "Sid": "Rules",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{region}:111122223333:rule/account-audit-*"}},
    }
    # The responder's own queue is written by its role, not by rules.
    statements = [tls_only] if name == "responder-dead-letters" else [tls_only, rules]
    assert inputs(dev, "sqs.QueuePolicy", name) == {
        "queueUrl": f"<sqs.Queue {name}>",
        "policy": {"Version": "2012-10-17", "Statement": statements},
        "region": region,
    }


@each_queue
def test_the_first_message_is_told_in_its_region(dev: Result, name: str, queue: str, region: str):
    assert inputs(dev, "cloudwatch.MetricAlarm", name) == {
        "name": queue,
        "alarmDescription": "Events could not be delivered; they are in the queue of this name.",
        "namespace": "AWS/SQS",
        "metricName": "ApproximateNumberOfMessagesVisible",
        "dimensions": {"QueueName": queue},
        "statistic": "Maximum",
        "period": 60,
        "evaluationPeriods": 1,
        "threshold": 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [f"arn:aws:sns:{region}:111122223333:account-audit-alerts"],
        "region": region,
    }
    assert dependencies(dev, "cloudwatch.MetricAlarm", name) == {
        f"sns.Topic alerts-{region}",
        f"sns.TopicPolicy alerts-{region}",
    }
