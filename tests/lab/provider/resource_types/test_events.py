import json
from typing import Any

from deadfall.lab.emulator import Emulator

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
READS_TOO = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:events"


def pattern(source: str) -> str:
    return json.dumps({"source": [source]})


def test_a_rule_and_its_target_live(provider: Provider, emulator: Emulator) -> None:
    events = emulator.client("events", REGION)
    queue = provider.create("aws:sqs/queue:Queue", {"name": "events"})
    rule = provider.create(RULE, {"name": "it", "eventPattern": pattern("aws.iam"), "state": READS_TOO})
    arn = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/it"

    def told() -> dict[str, Any]:
        rule = events.describe_rule(Name="it")
        return {key: rule.get(key) for key in ("EventPattern", "State", "Description", "EventBusName")}

    assert told() == {
        "EventPattern": pattern("aws.iam"),
        "State": READS_TOO,
        "Description": None,
        "EventBusName": "default",
    }
    assert (rule.id, rule.outputs["arn"]) == ("it", arn)
    assert provider.is_settled(rule)
    rule = provider.is_changed(
        rule, {"eventPattern": pattern("aws.sts"), "state": None, "description": "d", "tags": {"Env": "dev"}}
    )
    assert told() == {
        "EventPattern": pattern("aws.sts"),
        "State": "ENABLED",
        "Description": "d",
        "EventBusName": "default",
    }
    tags = events.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert {t["Key"]: t["Value"] for t in tags} == {**TAGS, "Env": "dev"}
    assert provider.is_replaced_by(rule, {"name": "other", "eventBusName": "other", "region": "us-east-1"})

    transformer = {"inputTemplate": '{"detection": "x", "event": <aws.events.event.json>}'}
    target = provider.create(
        TARGET,
        {
            "rule": "it",
            "targetId": "responder",
            "arn": QUEUE,
            "inputTransformer": transformer,
            "retryPolicy": {"maximumRetryAttempts": 5, "maximumEventAgeInSeconds": 3600},
            "deadLetterConfig": {"arn": QUEUE},
        },
    )

    def targets() -> Any:
        return events.list_targets_by_rule(Rule="it")["Targets"]

    assert targets() == [
        {
            "Id": "responder",
            "Arn": QUEUE,
            "InputTransformer": {"InputTemplate": transformer["inputTemplate"]},
            "RetryPolicy": {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 3600},
            "DeadLetterConfig": {"Arn": QUEUE},
        }
    ]
    assert target.id == "it-responder"
    assert provider.is_settled(target)
    target = provider.is_changed(target, {"inputTransformer": None, "retryPolicy": None, "input": '{"a": 1}'})
    assert targets() == [{"Id": "responder", "Arn": QUEUE, "Input": '{"a": 1}', "DeadLetterConfig": {"Arn": QUEUE}}]
    assert provider.is_replaced_by(target, {"rule": "other", "targetId": "other", "region": "us-east-1"})
    assert provider.is_gone(target)
    assert targets() == []
    assert provider.is_gone(rule)
    assert provider.is_gone(target)
    provider.delete(queue)
