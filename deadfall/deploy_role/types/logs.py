"""Amazon CloudWatch Logs.

Its ARNs end in `:*`, except where tags are concerned (CloudWatch Logs user guide, "Overview of managing access
permissions").
"""

from ..grant import Grant, ResourceType, Verb, anything
from ..planned import Planned


def _group(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("logs", f"log-group:{resource.name()}:*"),)


def _tagged_group(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("logs", f"log-group:{resource.name()}"),)


def _group_of(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("logs", f"log-group:{resource.name('logGroupName')}:*"),)


TYPES = (
    ResourceType(
        "aws:cloudwatch/logGroup:LogGroup",
        source="internal/service/logs/group.go",
        on=_group,
        grants=(
            Grant(Verb.CREATE, "logs:CreateLogGroup"),
            Grant(Verb.READ, "logs:DescribeLogGroups", on=anything),
            Grant(Verb.READ, "logs:ListTagsForResource", on=_tagged_group),
            Grant(Verb.UPDATE, "logs:PutRetentionPolicy"),
            Grant(Verb.DELETE, "logs:DeleteLogGroup"),
            Grant(Verb.TAG, "logs:TagResource logs:UntagResource", on=_tagged_group),
        ),
    ),
    ResourceType(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        source="internal/service/logs/metric_filter.go",
        on=_group_of,
        grants=(
            Grant(Verb.CREATE, "logs:PutMetricFilter"),  # for updating, too
            Grant(Verb.READ, "logs:DescribeMetricFilters"),
            Grant(Verb.DELETE, "logs:DeleteMetricFilter"),
        ),
    ),
    ResourceType(
        "aws:cloudwatch/queryDefinition:QueryDefinition",
        source="internal/service/logs/query_definition.go",
        on=anything,
        grants=(
            Grant(Verb.CREATE, "logs:PutQueryDefinition"),  # for updating, too
            Grant(Verb.READ, "logs:DescribeQueryDefinitions"),
            Grant(Verb.DELETE, "logs:DeleteQueryDefinition"),
        ),
    ),
)
