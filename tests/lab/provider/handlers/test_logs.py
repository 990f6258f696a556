from typing import Any

from deadfall.lab.emulator import Emulator

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

GROUP = "aws:cloudwatch/logGroup:LogGroup"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


def test_a_group_and_its_filter_live(provider: Provider, emulator: Emulator) -> None:
    logs = emulator.client("logs", REGION)
    group = provider.create(GROUP, {"name": "/lab/trail", "retentionInDays": 14})
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/lab/trail"

    def retention() -> Any:
        return logs.describe_log_groups(logGroupNamePrefix="/lab/trail")["logGroups"][0].get("retentionInDays")

    assert retention() == 14
    assert group.plain == {
        "name": "/lab/trail",
        "arn": arn,
        "retentionInDays": 14,
        "logGroupClass": "STANDARD",
        "region": REGION,
        "tagsAll": TAGS,
    }
    assert provider.is_settled(group)
    group = provider.is_changed(group, {"retentionInDays": 30, "tags": {"Team": "other"}})
    assert retention() == 30
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"Team": "other"}
    group = provider.is_changed(group, {"retentionInDays": None})
    assert retention() is None
    assert provider.is_replaced_by(group, {"name": "/other", "kmsKeyId": "arn:aws:kms:::key/x", "region": "us-east-1"})

    metric = {"name": "hits", "namespace": "lab", "value": "1"}
    metric_filter = provider.create(
        FILTER,
        {
            "name": "hit",
            "logGroupName": "/lab/trail",
            "pattern": '{ $.eventName = "GetSecretValue" }',
            "metricTransformation": metric,
        },
    )

    def told() -> Any:
        found = logs.describe_metric_filters(logGroupName="/lab/trail")["metricFilters"]
        return [(f["filterName"], f["filterPattern"], f["metricTransformations"]) for f in found]

    transformation = {"metricName": "hits", "metricNamespace": "lab", "metricValue": "1"}
    assert told() == [("hit", '{ $.eventName = "GetSecretValue" }', [transformation])]
    assert provider.is_settled(metric_filter)
    metric_filter = provider.is_changed(
        metric_filter,
        {"pattern": '{ $.eventName = "Decrypt" }', "metricTransformation": {**metric, "defaultValue": "0"}},
    )
    assert told() == [("hit", '{ $.eventName = "Decrypt" }', [{**transformation, "defaultValue": 0.0}])]
    assert provider.is_replaced_by(metric_filter, {"name": "other", "logGroupName": "/other"})
    assert provider.is_gone(metric_filter)
    assert provider.is_gone(group)
    assert provider.is_gone(metric_filter)


def test_skip_destroy_leaves_the_group(provider: Provider, emulator: Emulator) -> None:
    group = provider.create(GROUP, {"name": "/lab/kept", "skipDestroy": True})
    provider.delete(group)
    assert provider.is_settled(group)
    emulator.client("logs", REGION).delete_log_group(logGroupName="/lab/kept")
