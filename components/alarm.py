"""An alarm that rings at the first occurrence."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from .alert_topic import AlertTopic


def alarm_at_first(
    name: str,
    *,
    alarm: str,
    namespace: str,
    metric: str,
    topic: AlertTopic,
    region: str,
    opts: pulumi.ResourceOptions,
    dimensions: Mapping[str, str] | None = None,
    statistic: str = "Sum",
    description: str | None = None,
) -> aws.cloudwatch.MetricAlarm:
    """Tells `topic` as soon as a minute's `metric` is 1 or more. Silence is no alarm: these metrics have no data at all
    as long as nothing happens."""
    return aws.cloudwatch.MetricAlarm(
        name,
        name=alarm,
        alarm_description=description,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic=statistic,
        period=60,
        evaluation_periods=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic.arn],
        region=region,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(topic.ready))),
    )
