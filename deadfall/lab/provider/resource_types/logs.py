"""CloudWatch Logs: log groups, their metric filters, and saved queries of Logs Insights.

In IAM, their ARNs end in `:*`, except for tagging (CloudWatch Logs user guide, "Overview of managing access
permissions").
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from ..aws import Aws
from ..grants import DeployPermissions, Grant, PlannedResource, Verb, anything
from ..resource_type import TAGS, Change, ResourceType, Values, none_if_missing, without_none
from ..schema import Schema, block, boolean, name, number, string, string_map, strings


def _group_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("logs", f"log-group:{resource.name()}:*"),)


def _tagged_group_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("logs", f"log-group:{resource.name()}"),)


def _group_of_filter_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("logs", f"log-group:{resource.name('logGroupName')}:*"),)


class LogGroup(ResourceType):
    pulumi_type = "aws:cloudwatch/logGroup:LogGroup"
    properties: ClassVar[Schema] = {
        "name": name(512),
        "retentionInDays": number(),
        # AWS can change the key in place, MiniStack cannot (it has no AssociateKmsKey): here a change replaces.
        "kmsKeyId": string(replaces=True),
        "logGroupClass": string(replaces=True),
        "skipDestroy": boolean(),
        "tags": TAGS,
    }
    outputs = ("arn", "logGroupClass")
    set_after_creation = frozenset({"retentionInDays"})
    deploy_permissions = DeployPermissions(
        source="internal/service/logs/group.go",
        on=_group_arns,
        grants=(
            Grant(Verb.CREATE, "logs:CreateLogGroup"),
            Grant(Verb.READ, "logs:DescribeLogGroups", on=anything),
            Grant(Verb.READ, "logs:ListTagsForResource", on=_tagged_group_arns),
            Grant(Verb.UPDATE, "logs:PutRetentionPolicy"),
            Grant(Verb.DELETE, "logs:DeleteLogGroup"),
            Grant(Verb.TAG, "logs:TagResource logs:UntagResource", on=_tagged_group_arns),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        aws.client("logs").create_log_group(
            logGroupName=inputs["name"],
            **without_none(
                kmsKeyId=inputs.get("kmsKeyId"),
                logGroupClass=inputs.get("logGroupClass"),
                tags=dict(inputs["tagsAll"]) or None,
            ),
        )
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        logs = aws.client("logs")
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=id)
        group = next((g for page in pages for g in page["logGroups"] if g["logGroupName"] == id), None)
        if group is None:
            return None
        arn = _arn(aws, id)
        return {
            "name": id,
            "arn": arn,
            "logGroupClass": group.get("logGroupClass", "STANDARD"),
            # Pulumi's value for a group that never expires is 0.
            "retentionInDays": group.get("retentionInDays", 0),
            **without_none(kmsKeyId=group.get("kmsKeyId")),
            "tagsAll": logs.list_tags_for_resource(resourceArn=arn)["tags"],
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        logs = aws.client("logs")
        if change.any_of("retentionInDays"):
            if days := change.new.get("retentionInDays"):
                logs.put_retention_policy(logGroupName=id, retentionInDays=int(days))
            else:
                logs.delete_retention_policy(logGroupName=id)
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                logs.untag_resource(resourceArn=_arn(aws, id), tagKeys=removed)
            if added:
                logs.tag_resource(resourceArn=_arn(aws, id), tags=added)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        if not state.get("skipDestroy"):
            aws.client("logs").delete_log_group(logGroupName=id)


def _arn(aws: Aws, group: str) -> str:
    return aws.arn("logs", f"log-group:{group}")


class LogMetricFilter(ResourceType):
    pulumi_type = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    properties: ClassVar[Schema] = {
        "name": name(512),
        "logGroupName": string(required=True, replaces=True),
        "pattern": string(required=True),
        "metricTransformation": block(
            {
                "name": string(required=True),
                "namespace": string(required=True),
                "value": string(required=True),
                "defaultValue": string(),
                "unit": string(),
                "dimensions": string_map(),
            },
            required=True,
        ),
    }
    deploy_permissions = DeployPermissions(
        source="internal/service/logs/metric_filter.go",
        on=_group_of_filter_arns,
        grants=(
            Grant(Verb.CREATE, "logs:PutMetricFilter"),  # for updating, too
            Grant(Verb.READ, "logs:DescribeMetricFilters"),
            Grant(Verb.DELETE, "logs:DeleteMetricFilter"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs)
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        logs, group = aws.client("logs"), state["logGroupName"]
        found = none_if_missing(lambda: logs.describe_metric_filters(logGroupName=group, filterNamePrefix=id))
        metric_filter = next((f for f in (found or {}).get("metricFilters", []) if f["filterName"] == id), None)
        if metric_filter is None:
            return None
        metric = metric_filter["metricTransformations"][0]
        default = metric.get("defaultValue")
        return {
            "name": id,
            "logGroupName": group,
            "pattern": metric_filter["filterPattern"],
            "metricTransformation": {
                "name": metric["metricName"],
                "namespace": metric["metricNamespace"],
                "value": metric["metricValue"],
                **without_none(
                    defaultValue=None if default is None else f"{default:g}",
                    unit=metric.get("unit"),
                    dimensions=metric.get("dimensions"),
                ),
            },
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, change.new)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("logs").delete_metric_filter(logGroupName=state["logGroupName"], filterName=id)

    @staticmethod
    def _put(aws: Aws, inputs: Values) -> None:
        metric = inputs["metricTransformation"]
        default = metric.get("defaultValue")
        aws.client("logs").put_metric_filter(
            logGroupName=inputs["logGroupName"],
            filterName=inputs["name"],
            filterPattern=inputs["pattern"],
            metricTransformations=[
                {
                    "metricName": metric["name"],
                    "metricNamespace": metric["namespace"],
                    "metricValue": metric["value"],
                    **without_none(
                        defaultValue=None if default is None else float(default),
                        unit=metric.get("unit"),
                        dimensions=metric.get("dimensions"),
                    ),
                }
            ],
        )


class QueryDefinition(ResourceType):
    pulumi_type = "aws:cloudwatch/queryDefinition:QueryDefinition"
    properties: ClassVar[Schema] = {
        # A rename happens in place, as in the real provider.
        "name": string(required=True),
        "queryString": string(required=True),
        "logGroupNames": strings(),
    }
    outputs = ("queryDefinitionId",)
    deploy_permissions = DeployPermissions(
        source="internal/service/logs/query_definition.go",
        on=anything,
        grants=(
            Grant(Verb.CREATE, "logs:PutQueryDefinition"),  # for updating, too
            Grant(Verb.READ, "logs:DescribeQueryDefinitions"),
            Grant(Verb.DELETE, "logs:DeleteQueryDefinition"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        return self._put(aws, inputs), {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        definition = next((each for each in _query_definitions(aws) if each["queryDefinitionId"] == id), None)
        if definition is None:
            return None
        return {
            "name": definition["name"],
            "queryDefinitionId": id,
            "queryString": definition["queryString"],
            "logGroupNames": definition.get("logGroupNames") or None,
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        self._put(aws, change.new, queryDefinitionId=id)

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("logs").delete_query_definition(queryDefinitionId=id)

    @staticmethod
    def _put(aws: Aws, inputs: Values, **which: str) -> str:
        made = aws.client("logs").put_query_definition(
            name=inputs["name"],
            queryString=inputs["queryString"],
            **without_none(logGroupNames=inputs.get("logGroupNames")),
            **which,
        )
        return made["queryDefinitionId"]


def _query_definitions(aws: Aws) -> Iterator[dict[str, Any]]:
    """Yield all query definitions of the region; botocore has no paginator for them."""
    page = {"nextToken": ""}
    while "nextToken" in page:
        which = {"nextToken": page["nextToken"]} if page["nextToken"] else {}
        page = aws.client("logs").describe_query_definitions(**which)
        yield from page["queryDefinitions"]
