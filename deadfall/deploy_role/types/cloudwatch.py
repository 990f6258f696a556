"""Amazon CloudWatch: alarms."""

from ..grant import Grant, ResourceType, Verb
from ..planned import Planned
from .own_names import own


def _alarm(resource: Planned) -> tuple[str, ...]:
    return (resource.arn("cloudwatch", f"alarm:{own(resource, resource.name())}"),)


def _all_alarms(resource: Planned) -> tuple[str, ...]:
    """DescribeAlarms is a list: IAM asks for all alarms, whichever names are given. Not verified on AWS."""
    return (resource.arn("cloudwatch", "alarm:*"),)


TYPES = (
    ResourceType(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        source="internal/service/cloudwatch/metric_alarm.go",
        on=_alarm,
        grants=(
            Grant(Verb.CREATE, "cloudwatch:PutMetricAlarm"),  # for updating, too
            Grant(Verb.READ, "cloudwatch:DescribeAlarms", on=_all_alarms),
            Grant(Verb.READ, "cloudwatch:ListTagsForResource"),
            Grant(Verb.DELETE, "cloudwatch:DeleteAlarms"),
            Grant(Verb.TAG, "cloudwatch:TagResource cloudwatch:UntagResource"),
        ),
    ),
)
