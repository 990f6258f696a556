"""An alarm that rings when something occurred, or occurred so many times."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from .alert_topic import AlertTopic


def alarm(
    name: str,
    *,
    called: str,
    namespace: str,
    metric: str,
    topic: AlertTopic,
    region: str,
    opts: pulumi.ResourceOptions,
    dimensions: Mapping[str, str] | None = None,
    statistic: str = "Sum",
    description: str | None = None,
    threshold: int = 1,
    seconds: int = 60,
) -> aws.cloudwatch.MetricAlarm:
    """Tells `topic` as soon as `metric` is `threshold` or more within `seconds`: by default at the first occurrence.
    Silence is no alarm: these metrics have no data at all as long as nothing happens."""
    return aws.cloudwatch.MetricAlarm(
        name,
        name=called,
        alarm_description=description,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic=statistic,
        period=seconds,
        evaluation_periods=1,
        threshold=threshold,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[topic.arn],
        region=region,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(topic.ready))),
    )
