from typing import Any

import pytest

from deadfall.lab.emulator import Emulator
from deadfall.lab.engine.plugin import PluginError

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

GROUP = "aws:cloudwatch/logGroup:LogGroup"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
DEFINITION = "aws:cloudwatch/queryDefinition:QueryDefinition"


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


def test_a_saved_query_lives(provider: Provider, emulator: Emulator) -> None:
    logs = emulator.client("logs", REGION)
    asked = {"name": "root-use", "queryString": "fields @timestamp", "logGroupNames": ["/lab/trail"]}
    query = provider.create(DEFINITION, asked)

    def told() -> Any:
        found = logs.describe_query_definitions(queryDefinitionNamePrefix="root")["queryDefinitions"]
        return [(d["queryDefinitionId"], d["name"], d["queryString"], d["logGroupNames"]) for d in found]

    assert told() == [(query.id, "root-use", "fields @timestamp", ["/lab/trail"])]
    assert query.plain == {**asked, "queryDefinitionId": query.id, "region": REGION}
    assert provider.is_settled(query)
    query = provider.is_changed(query, {"name": "root", "queryString": "fields @message", "logGroupNames": None})
    assert told() == [(query.id, "root", "fields @message", [])]
    assert provider.is_replaced_by(query, {"region": "us-east-1"})
    assert provider.is_gone(query)
    with pytest.raises(PluginError, match=r"^updating it: PutQueryDefinition: ResourceNotFoundException: "):
        provider.update(query, asked)


def test_a_saved_query_is_as_long_as_aws_takes(provider: Provider) -> None:
    provider.delete(provider.create(DEFINITION, {"name": "long", "queryString": "x" * 10_000}))
    with pytest.raises(PluginError, match="length less than or equal to 10000"):
        provider.create(DEFINITION, {"name": "longer", "queryString": "x" * 10_001})


def test_many_saved_queries_are_told_page_by_page(provider: Provider, emulator: Emulator) -> None:
    logs = emulator.client("logs", REGION)
    made = [provider.create(DEFINITION, {"name": f"page-{n}", "queryString": "fields @message"}) for n in range(3)]
    first = logs.describe_query_definitions(queryDefinitionNamePrefix="page-", maxResults=2)
    rest = logs.describe_query_definitions(queryDefinitionNamePrefix="page-", nextToken=first["nextToken"])
    told = [each["name"] for page in (first, rest) for each in page["queryDefinitions"]]
    assert (told, "nextToken" in rest) == (["page-0", "page-1", "page-2"], False)
    assert all(map(provider.is_gone, made))
