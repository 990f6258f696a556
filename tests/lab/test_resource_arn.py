"""On which resource a call is authorized, where MiniStack would name another or none."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.lab.request_parser import ApiCall
from deadfall.lab.resource_arn import authorized_resource

from .conftest import ACCOUNT, HOME, Account, allow


def arn(service: str, operation: str, **parameters: Any) -> str | None:
    return authorized_resource(ApiCall(service, operation, HOME, "AKIAX", "json", parameters), ACCOUNT)


def here(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{HOME}:{ACCOUNT}:{resource}"


TRAIL, RULE, TOPIC = here("cloudtrail", "trail/t"), here("events", "rule/r"), here("sns", "topic")
TABLE, ALARM = here("dynamodb", "table/t"), here("cloudwatch", "alarm:a")


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("athena", "CreateWorkGroup", {"Name": "w"}, here("athena", "workgroup/w")),
        ("athena", "TagResource", {"ResourceARN": here("athena", "workgroup/w")}, here("athena", "workgroup/w")),
        ("athena", "CreateNamedQuery", {"Name": "q", "WorkGroup": "w"}, None),
        ("cloudtrail", "AddTags", {"ResourceId": TRAIL}, TRAIL),
        ("cloudtrail", "ListTags", {"ResourceIdList": [TRAIL]}, TRAIL),
        ("cloudtrail", "DescribeTrails", {}, None),
        ("cloudwatch", "DescribeAlarms", {"AlarmNames": ["a"]}, here("cloudwatch", "alarm:*")),
        ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a"]}, ALARM),
        ("cloudwatch", "TagResource", {"ResourceARN": ALARM}, ALARM),
        ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}, None),
        ("dynamodb", "ListTagsOfResource", {"ResourceArn": TABLE}, TABLE),
        ("events", "PutRule", {"Name": "r"}, RULE),
        ("events", "PutTargets", {"Rule": "r", "Targets": []}, RULE),
        ("events", "PutTargets", {"Rule": "r", "EventBusName": "default"}, RULE),
        ("events", "PutTargets", {"Rule": "r", "EventBusName": "b"}, here("events", "rule/b/r")),
        ("events", "TagResource", {"ResourceARN": RULE}, RULE),
        ("events", "PutEvents", {"Entries": []}, None),
        ("glue", "CreateDatabase", {"DatabaseInput": {"Name": "d"}}, here("glue", "database/d")),
        ("glue", "DeleteDatabase", {"Name": "d"}, here("glue", "database/d")),
        ("glue", "GetTags", {"ResourceArn": here("glue", "database/d")}, here("glue", "database/d")),
        ("glue", "CreateTable", {"DatabaseName": "d", "TableInput": {"Name": "t"}}, here("glue", "table/d/t")),
        ("glue", "GetTable", {"DatabaseName": "d", "Name": "t"}, here("glue", "table/d/t")),
        ("kms", "CreateAlias", {"AliasName": "alias/a", "TargetKeyId": "k"}, here("kms", "alias/a")),
        ("kms", "DescribeKey", {"KeyId": "k"}, None),
        ("lambda", "CreateFunction", {"FunctionName": "f"}, here("lambda", "function:f")),
        ("lambda", "GetFunction", {"FunctionName": "f"}, None),
        ("logs", "PutRetentionPolicy", {"logGroupName": "g"}, here("logs", "log-group:g:log-stream:")),
        ("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s"}, here("logs", "log-group:g:log-stream:s")),
        ("logs", "TagResource", {"resourceArn": here("logs", "log-group:g")}, None),
        ("logs", "DescribeLogGroups", {}, None),
        ("sns", "ListTagsForResource", {"ResourceArn": TOPIC}, TOPIC),
        ("sns", "Publish", {"TopicArn": TOPIC}, None),
        ("s3", "HeadBucket", {"Bucket": "b"}, None),
        ("ssm", "GetParameter", {"Name": "/a/b"}, here("ssm", "parameter/a/b")),
        ("ssm", "GetParameter", {"Name": "a:3"}, here("ssm", "parameter/a")),
        ("ssm", "GetParameter", {"Name": here("ssm", "parameter/a/b:label")}, here("ssm", "parameter/a/b")),
        ("ssm", "GetParameters", {"Names": ["/a/b", "/c"]}, here("ssm", "parameter/a/b")),
        ("ssm", "GetParametersByPath", {"Path": "/a"}, here("ssm", "parameter/a")),
        ("ssm", "DescribeParameters", {}, None),
    ],
)
def test_the_arn_is_spelled_as_iam_spells_it(
    service: str, operation: str, parameters: dict[str, Any], expected: str | None
):
    assert arn(service, operation, **parameters) == expected


def test_a_policy_that_names_a_rule_of_the_default_bus_allows_its_targets(account: Account):
    account.rule("r", {"source": ["a"]})
    account.rule("s", {"source": ["a"]})
    of_r = account.user("of-r", allow("events:ListTargetsByRule", here("events", "rule/r")))
    events = account.emulator.client("events", HOME, of_r)

    assert events.list_targets_by_rule(Rule="r")["Targets"] == []
    with pytest.raises(ClientError) as denied:
        events.list_targets_by_rule(Rule="s")
    assert f"on resource: {here('events', 'rule/s')} " in denied.value.response["Error"]["Message"]


def test_an_alias_needs_the_permission_on_its_key_as_well(account: Account):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    alias = allow("kms:CreateAlias", here("kms", "alias/a"))
    both = account.user("both", alias, allow("kms:CreateAlias", key))
    one = account.user("one", alias)

    with pytest.raises(ClientError) as denied:
        account.emulator.client("kms", HOME, one).create_alias(AliasName="alias/a", TargetKeyId=key)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    account.emulator.client("kms", HOME, both).create_alias(AliasName="alias/a", TargetKeyId=key)
