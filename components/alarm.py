"""A CloudWatch alarm on the number of occurrences."""

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
    topic: AlertTopic | None,
    region: str,
    opts: pulumi.ResourceOptions,
    dimensions: Mapping[str, str] | None = None,
    statistic: str = "Sum",
    description: str | None = None,
    threshold: int = 1,
    seconds: int = 60,
) -> aws.cloudwatch.MetricAlarm:
    """Create an alarm that notifies `topic` when `metric` reaches `threshold` within `seconds`, by default at once.

    Without a topic, only its state change is an event. Missing data is not breaching: these metrics have data only when
    something happens.
    """
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
        alarm_actions=[topic.arn] if topic else None,
        region=region,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(topic.ready) if topic else [])),
    )
