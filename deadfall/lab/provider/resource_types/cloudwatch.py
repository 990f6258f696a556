"""CloudWatch: metric alarms on one metric."""

from typing import Any, ClassVar

from ..aws import Aws, tag_list, tag_map
from ..grants import DeployPermissions, Grant, PlannedResource, Verb
from ..resource_type import TAGS, Change, ResourceType, Values
from ..schema import Schema, boolean, name, number, string, string_map, strings

_ARGUMENTS = {
    "name": "AlarmName",
    "alarmDescription": "AlarmDescription",
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "okActions": "OKActions",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "statistic": "Statistic",
    "period": "Period",
    "unit": "Unit",
    "evaluationPeriods": "EvaluationPeriods",
    "datapointsToAlarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "comparisonOperator": "ComparisonOperator",
    "treatMissingData": "TreatMissingData",
}
_EMPTY = (None, "", [])


def _alarm_arns(resource: PlannedResource) -> tuple[str, ...]:
    return (resource.arn("cloudwatch", f"alarm:{resource.name_pattern()}"),)


def _all_alarm_arns(resource: PlannedResource) -> tuple[str, ...]:
    """Return the pattern of all alarms, which IAM requires for DescribeAlarms even with names.

    Not verified on AWS.
    """
    return (resource.arn("cloudwatch", "alarm:*"),)


class MetricAlarm(ResourceType):
    pulumi_type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    properties: ClassVar[Schema] = {
        "name": name(255),
        "alarmDescription": string(),
        "actionsEnabled": boolean(),
        "alarmActions": strings(),
        "okActions": strings(),
        "insufficientDataActions": strings(),
        "metricName": string(required=True),
        "namespace": string(required=True),
        "statistic": string(required=True),
        "dimensions": string_map(),
        "period": number(),
        "unit": string(),
        "evaluationPeriods": number(),
        "datapointsToAlarm": number(),
        "threshold": number(),
        "comparisonOperator": string(required=True),
        "treatMissingData": string(),
        "tags": TAGS,
    }
    outputs = ("arn",)
    deploy_permissions = DeployPermissions(
        source="internal/service/cloudwatch/metric_alarm.go",
        on=_alarm_arns,
        grants=(
            Grant(Verb.CREATE, "cloudwatch:PutMetricAlarm"),  # for updating, too
            Grant(Verb.READ, "cloudwatch:DescribeAlarms", on=_all_alarm_arns),
            Grant(Verb.READ, "cloudwatch:ListTagsForResource"),
            Grant(Verb.DELETE, "cloudwatch:DeleteAlarms"),
            Grant(Verb.TAG, "cloudwatch:TagResource cloudwatch:UntagResource"),
        ),
    )

    def create(self, aws: Aws, inputs: Values) -> tuple[str, dict[str, Any]]:
        self._put(aws, inputs, {"Tags": tag_list(inputs["tagsAll"])} if inputs["tagsAll"] else {})
        return inputs["name"], {}

    def read(self, aws: Aws, id: str, state: Values) -> dict[str, Any] | None:
        cloudwatch = aws.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNames=[id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not alarms:
            return None
        alarm = alarms[0]
        response = {key: alarm.get(argument) for key, argument in _ARGUMENTS.items()}
        dimensions = {d["Name"]: d["Value"] for d in alarm.get("Dimensions", [])}
        return {
            "arn": alarm["AlarmArn"],
            **{key: value for key, value in response.items() if value not in _EMPTY or key in state},
            **({"dimensions": dimensions} if dimensions else {}),
            "tagsAll": tag_map(cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
        }

    def update(self, aws: Aws, id: str, change: Change) -> None:
        cloudwatch, arn = aws.client("cloudwatch"), aws.arn("cloudwatch", f"alarm:{id}")
        if change.properties - {"tagsAll"}:
            self._put(aws, change.new, {})
        if change.any_of("tagsAll"):
            added, removed = change.tags()
            if removed:
                cloudwatch.untag_resource(ResourceARN=arn, TagKeys=removed)
            if added:
                cloudwatch.tag_resource(ResourceARN=arn, Tags=tag_list(added))

    def delete(self, aws: Aws, id: str, state: Values) -> None:
        aws.client("cloudwatch").delete_alarms(AlarmNames=[id])

    @staticmethod
    def _put(aws: Aws, inputs: Values, extra: dict[str, Any]) -> None:
        arguments = {argument: inputs[key] for key, argument in _ARGUMENTS.items() if inputs.get(key) is not None}
        dimensions = [{"Name": k, "Value": v} for k, v in sorted((inputs.get("dimensions") or {}).items())]
        aws.client("cloudwatch").put_metric_alarm(**arguments, Dimensions=dimensions, **extra)
