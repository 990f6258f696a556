from deadfall.lab.emulator import Emulator

from ..driver import ACCOUNT_ID, REGION, TAGS, Provider

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:alarms"


def test_an_alarm_lives(provider: Provider, emulator: Emulator) -> None:
    cloudwatch = emulator.client("cloudwatch", REGION)
    alarm = provider.create(
        ALARM,
        {
            "name": "hits",
            "namespace": "lab",
            "metricName": "hits",
            "statistic": "Sum",
            "period": 60,
            "evaluationPeriods": 1,
            "threshold": 1,
            "comparisonOperator": "GreaterThanOrEqualToThreshold",
            "treatMissingData": "notBreaching",
            "alarmActions": [TOPIC],
            "dimensions": {"QueueName": "it"},
        },
    )

    def told() -> dict[str, object]:
        alarm = cloudwatch.describe_alarms(AlarmNames=["hits"])["MetricAlarms"][0]
        keys = (
            "Statistic",
            "Period",
            "Threshold",
            "TreatMissingData",
            "AlarmActions",
            "Dimensions",
            "AlarmDescription",
        )
        return {key: alarm.get(key) or None for key in keys}

    assert told() == {
        "Statistic": "Sum",
        "Period": 60,
        "Threshold": 1.0,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC],
        "Dimensions": [{"Name": "QueueName", "Value": "it"}],
        "AlarmDescription": None,
    }
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:hits"
    assert (alarm.id, alarm.outputs["arn"]) == ("hits", arn)
    assert provider.is_settled(alarm)
    alarm = provider.is_changed(
        alarm,
        {"threshold": 2.5, "alarmActions": None, "dimensions": None, "alarmDescription": "d", "tags": {"Env": "dev"}},
    )
    assert told() == {
        "Statistic": "Sum",
        "Period": 60,
        "Threshold": 2.5,
        "TreatMissingData": "notBreaching",
        "AlarmActions": None,
        "Dimensions": None,
        "AlarmDescription": "d",
    }
    tags = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert {t["Key"]: t["Value"] for t in tags} == {**TAGS, "Env": "dev"}
    assert provider.is_replaced_by(alarm, {"name": "other", "region": "us-east-1"})
    assert provider.is_gone(alarm)
