"""Where records go: trails, rules, other regions, dead letters, log groups, alarms, mails, log files."""

import gzip
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deadfall.lab import alarm, alarm_notification
from deadfall.lab.alarm import Datapoint, Verdict
from deadfall.lab.cloudtrail.archive import log_file_key
from deadfall.lab.cloudtrail.trail import covers
from deadfall.lab.event_bus import cloudtrail_event, reaches_rule

from .conftest import ACCOUNT, ALL_STATES, HOME, OTHER, Account, allow, document, eventually

SECRETS = {"source": ["aws.secretsmanager"], "detail": {"requestParameters": {"secretId": ["prod/db-root"]}}}


def read_decoy(account: Account, region: str = HOME) -> dict[str, Any]:
    """Let mallory read a decoy; the record of it."""
    account.client("secretsmanager", region).create_secret(Name="prod/db-root", SecretString="x")
    mallory = account.user("mallory", allow("secretsmanager:*"))
    account.emulator.client("secretsmanager", region, mallory).get_secret_value(SecretId="prod/db-root")
    account.emulator.settle()
    (record,) = account.records("GetSecretValue")
    return record


# --- rules ------------------------------------------------------------------------------------------------------------


def test_read_only_calls_reach_only_rules_in_the_state_for_them(account: Account) -> None:
    account.trail()
    plain, every = account.queue("plain"), account.queue("every")
    pattern = {"source": ["aws.secretsmanager"]}
    account.rule("plain", pattern, {"Arn": plain[1]}, State="ENABLED")
    account.rule("every", pattern, {"Arn": every[1]}, State=ALL_STATES)
    read_decoy(account)
    names = {
        url: [message["body"]["detail"]["eventName"] for message in account.messages(url)]
        for url in (plain[0], every[0])
    }
    assert names == {plain[0]: ["CreateSecret"], every[0]: ["CreateSecret", "GetSecretValue"]}


def test_a_disabled_rule_and_a_rule_for_something_else_get_nothing(account: Account) -> None:
    account.trail()
    url, arn = account.queue("queue")
    account.rule("off", SECRETS, {"Arn": arn}, State="DISABLED")
    account.rule(
        "else", {"source": ["aws.kms"], "detail": {"eventName": ["CreateKey"]}}, {"Arn": arn}, State=ALL_STATES
    )
    read_decoy(account)
    assert account.messages(url) == []


@pytest.mark.parametrize("trail", ["none", "stopped", "writes only"])
def test_without_a_logging_trail_that_covers_the_call_nothing_is_delivered(account: Account, trail: str) -> None:
    if trail != "none":
        account.trail()
    if trail == "stopped":
        account.client("cloudtrail").stop_logging(Name="trail")
    if trail == "writes only":
        selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
        account.client("cloudtrail").put_event_selectors(TrailName="trail", EventSelectors=[selector])
    url, arn = account.queue("queue")
    account.rule("every", SECRETS, {"Arn": arn}, State=ALL_STATES)
    read_decoy(account)
    assert account.messages(url) == []


def test_the_event_is_the_record_in_eventbridges_envelope(account: Account) -> None:
    account.trail()
    url, arn = account.queue("queue")
    account.rule("every", SECRETS, {"Arn": arn}, State=ALL_STATES)
    record = read_decoy(account)
    (message,) = account.messages(url)
    assert message["body"] == {
        "version": "0",
        "id": record["eventID"],
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.secretsmanager",
        "account": ACCOUNT,
        "time": record["eventTime"],
        "region": HOME,
        "resources": [],
        "detail": record,
    }


def test_an_input_transformer_can_wrap_the_whole_event(account: Account) -> None:
    account.trail()
    url, arn = account.queue("queue")
    template = '{"detection": "read", "event": <aws.events.event.json>}'
    target = {"Arn": arn, "InputTransformer": {"InputTemplate": template}}
    account.rule("every", SECRETS, target, State=ALL_STATES)
    record = read_decoy(account)
    (message,) = account.messages(url)
    assert message["body"] == {"detection": "read", "event": cloudtrail_event(record)}


def test_an_event_of_nearly_a_megabyte_is_delivered_and_a_larger_one_refused(account: Account) -> None:
    url, arn = account.queue("queue")
    account.rule("mine", {"source": ["mine"]}, {"Arn": arn})
    events = account.client("events")
    detail = json.dumps({"text": "x" * 900_000})
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": detail}])
    (message,) = account.messages(url)
    assert len(message["body"]["detail"]["text"]) == 900_000
    with pytest.raises(ClientError, match="over the limit"):
        events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": json.dumps({"text": "x" * 2**20})}])
    assert account.messages(url) == []


def test_other_events_and_both_enabled_states(account: Account) -> None:
    plain, every = account.queue("plain"), account.queue("every")
    account.rule("plain", {"source": ["mine"]}, {"Arn": plain[1]})
    account.rule("every", {"source": ["mine"]}, {"Arn": every[1]}, State=ALL_STATES)
    entry = {"Source": "mine", "DetailType": "d", "Detail": '{"a": 1}'}
    answer = account.client("events").put_events(Entries=[entry, {**entry, "Source": "aws.iam"}])
    assert [result.get("ErrorCode") for result in answer["Entries"]] == [None, "NotAuthorizedForSourceException"]
    for url in (plain[0], every[0]):
        assert [message["body"]["detail"] for message in account.messages(url)] == [{"a": 1}]


# --- targets ----------------------------------------------------------------------------------------------------------


WRITES_LOGS = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])


@pytest.mark.parametrize("may_log", [True, False])
def test_a_functions_logs_need_its_roles_permission(account: Account, may_log: bool) -> None:
    allowed = [WRITES_LOGS] if may_log else []
    account.function("talker", "def handler(event, context): print('SAID')", *allowed)
    account.client("lambda").invoke(FunctionName="talker")
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/talker")["logGroups"]
    assert len(groups) == may_log
    lost = [e["reason"] for e in account.emulator.journal() if e["kind"] == "unlogged"]
    assert lost == ([] if may_log else ["its role does not allow logs:CreateLogGroup"])


def test_a_function_is_invoked_only_with_a_permission_for_the_rule(account: Account) -> None:
    account.trail()
    source = "def handler(event, context): print('GOT', event['detail']['eventName'])"
    function = account.function("responder", source, WRITES_LOGS)
    url, dead_letters = account.queue("dead-letters")
    target = {"Arn": function, "DeadLetterConfig": {"Arn": dead_letters}}
    rule = account.rule("every", SECRETS, target, State=ALL_STATES)
    record = read_decoy(account)
    (dead,) = account.messages(url)
    assert dead == {
        "body": cloudtrail_event(record),
        "attributes": {
            "RULE_ARN": rule,
            "TARGET_ARN": function,
            "ERROR_CODE": "NO_PERMISSIONS",
            "ERROR_MESSAGE": f"{function} does not allow events.amazonaws.com to invoke it for {rule}",
        },
    }
    # EventBridge sends no source account, so this one admits nothing.
    account.client("lambda").add_permission(
        FunctionName="responder",
        StatementId="too-narrow",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
        SourceAccount=ACCOUNT,
    )
    account.client("secretsmanager").get_secret_value(SecretId="prod/db-root")
    account.emulator.settle()
    assert [dead["attributes"]["ERROR_CODE"] for dead in account.messages(url)] == ["NO_PERMISSIONS"]
    account.client("lambda").add_permission(
        FunctionName="responder",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    account.client("secretsmanager").get_secret_value(SecretId="prod/db-root")
    account.emulator.settle()
    logs = account.client("logs")

    def printed() -> list[str]:
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/responder")["logGroups"]
        events = logs.filter_log_events(logGroupName="/aws/lambda/responder")["events"] if groups else []
        return [event["message"] for event in events if event["message"].startswith("GOT")]

    assert eventually(printed, "the function prints") == ["GOT GetSecretValue"]
    assert account.messages(url) == []


def test_input_that_is_no_json_never_reaches_a_function(account: Account) -> None:
    account.trail()
    function = account.function("responder", "def handler(event, context): pass")
    url, dead_letters = account.queue("dead-letters")
    transformer = {
        "InputTemplate": '{"who": <user> <user>}',
        "InputPathsMap": {"user": "$.detail.userIdentity.userName"},
    }
    target = {"Arn": function, "InputTransformer": transformer, "DeadLetterConfig": {"Arn": dead_letters}}
    rule = account.rule("every", SECRETS, target, State=ALL_STATES)
    account.client("lambda").add_permission(
        FunctionName="responder",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    read_decoy(account)
    (dead,) = account.messages(url)
    assert dead["attributes"]["ERROR_CODE"] == "INVALID_JSON"
    assert dead["attributes"]["ERROR_MESSAGE"] == 'the target\'s input is not valid JSON: {"who": "mallory" "mallory"}'


def test_a_permission_for_another_rule_is_none(account: Account) -> None:
    account.trail()
    function = account.function("responder", "def handler(event, context): pass")
    account.client("lambda").add_permission(
        FunctionName="responder",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=f"arn:aws:events:{HOME}:{ACCOUNT}:rule/another",
    )
    account.rule("every", SECRETS, {"Arn": function}, State=ALL_STATES)
    read_decoy(account)
    assert [entry["outcome"] for entry in account.entries("target")] == ["failed"]


def test_a_dead_letter_queue_without_a_policy_loses_the_event_but_not_silently(account: Account) -> None:
    account.trail()
    account.client("sqs").create_queue(QueueName="closed")
    closed = f"arn:aws:sqs:{HOME}:{ACCOUNT}:closed"
    gone = f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:gone"
    account.rule("every", SECRETS, {"Arn": gone, "DeadLetterConfig": {"Arn": closed}}, State=ALL_STATES)
    read_decoy(account)
    (entry,) = account.entries("dead-letter")
    assert (entry["queue"], entry["outcome"]) == (closed, "lost")
    assert entry["reason"] == f"RESOURCE_NOT_FOUND: no function {gone}"


# --- regions ----------------------------------------------------------------------------------------------------------

HOME_BUS = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"


def test_an_event_of_another_region_arrives_at_home_as_it_was(account: Account) -> None:
    account.trail()
    role = account.role("forwarder", "events.amazonaws.com", allow("events:PutEvents", HOME_BUS))
    url, arn = account.queue("queue")
    account.rule("away", SECRETS, {"Arn": HOME_BUS, "RoleArn": role}, State=ALL_STATES, region=OTHER)
    account.rule("home", SECRETS, {"Arn": arn}, State=ALL_STATES)
    record = read_decoy(account, OTHER)
    (message,) = account.messages(url)
    assert message["body"] == cloudtrail_event(record)
    assert message["body"]["region"] == OTHER


def test_forwarding_needs_a_role_that_may_put_events_on_that_bus(account: Account) -> None:
    account.trail()
    wrong = account.role(
        "wrong", "events.amazonaws.com", allow("events:PutEvents", HOME_BUS.replace(HOME, "us-west-2"))
    )
    dead_url, dead_letters = account.queue("dead-letters", region=OTHER)
    url, arn = account.queue("queue")
    target = {"Arn": HOME_BUS, "RoleArn": wrong, "DeadLetterConfig": {"Arn": dead_letters}}
    account.rule("away", SECRETS, target, State=ALL_STATES, region=OTHER)
    account.rule("home", SECRETS, {"Arn": arn}, State=ALL_STATES)
    read_decoy(account, OTHER)
    assert account.messages(url) == []
    (dead,) = account.messages(dead_url, OTHER)
    assert dead["attributes"]["ERROR_CODE"] == "NO_PERMISSIONS"


def test_an_event_is_forwarded_once_only(account: Account) -> None:
    account.trail()
    buses = {region: f"arn:aws:events:{region}:{ACCOUNT}:event-bus/default" for region in (HOME, OTHER)}
    role = account.role("forwarder", "events.amazonaws.com", allow("events:PutEvents", list(buses.values())))
    account.rule("there", SECRETS, {"Arn": buses[HOME], "RoleArn": role}, State=ALL_STATES, region=OTHER)
    account.rule("back", SECRETS, {"Arn": buses[OTHER], "RoleArn": role}, State=ALL_STATES, region=HOME)
    read_decoy(account, OTHER)
    assert {entry["rule"]: entry["outcome"] for entry in account.entries("target")} == {
        "there": "delivered",
        "back": "failed",
    }


def test_global_services_are_recorded_in_us_east_1(account: Account) -> None:
    account.client("iam", OTHER).create_user(UserName="somebody")
    account.client("sts", OTHER).get_caller_identity()
    assert {record["eventName"]: record["awsRegion"] for record in account.records()} == {
        "CreateUser": "us-east-1",
        "GetCallerIdentity": OTHER,
    }


# --- log group, metric filters, alarms, mails ------------------------------------------------------------------------


def log_group(account: Account) -> dict[str, str]:
    """A log group and the role with which a trail writes to it: CreateTrail's parameters."""
    account.client("logs").create_log_group(logGroupName="/audit")
    group = f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/audit"
    streams = f"{group}:log-stream:{ACCOUNT}_CloudTrail_{HOME}*"
    role = account.role(
        "trail-role", "cloudtrail.amazonaws.com", allow(["logs:CreateLogStream", "logs:PutLogEvents"], streams)
    )
    return {"CloudWatchLogsLogGroupArn": f"{group}:*", "CloudWatchLogsRoleArn": role}


def put_filter_and_alarm(account: Account, topic: str) -> None:
    transformation = {"metricName": "read", "metricNamespace": "audit", "metricValue": "1"}
    account.client("logs").put_metric_filter(
        logGroupName="/audit",
        filterName="read",
        filterPattern='{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "prod/db-root") }',
        metricTransformations=[transformation],
    )
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="read",
        Namespace="audit",
        MetricName="read",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )


def test_a_match_in_the_log_group_goes_to_alarm_mail_and_rule(account: Account) -> None:
    account.trail(**log_group(account))
    topic = account.client("sns").create_topic(Name="alarms")["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="soc@example.com")
    put_filter_and_alarm(account, topic)
    url, arn = account.queue("queue")
    account.rule("change", {"source": ["aws.cloudwatch"]}, {"Arn": arn}, State="ENABLED")
    record = read_decoy(account)

    assert [(entry["name"], entry["event_id"]) for entry in account.entries("filter")] == [("read", record["eventID"])]
    assert [(entry["old"], entry["new"]) for entry in account.entries("alarm")] == [
        ("INSUFFICIENT_DATA", "OK"),
        ("OK", "ALARM"),
    ]
    (mail,) = account.entries("mail")
    assert (mail["to"], mail["topic"]) == ("soc@example.com", topic)
    assert mail["subject"] == 'ALARM: "read" in US East (N. Virginia)'
    assert mail["body"].startswith(
        'You are receiving this email because your Amazon CloudWatch Alarm "read" in the US East (N. Virginia) region '
        'has entered the ALARM state, because "Threshold Crossed: 1 out of the last 1 datapoints [1.0 ('
    )
    (change,) = account.messages(url)
    event = change["body"]
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == [f"arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm:read"]
    assert event["detail"]["alarmName"] == "read"
    assert (event["detail"]["previousState"]["value"], event["detail"]["state"]["value"]) == ("OK", "ALARM")
    reason = json.loads(event["detail"]["state"]["reasonData"])
    assert (reason["recentDatapoints"], reason["threshold"], reason["period"]) == ([1.0], 1.0, 60)
    # The datapoint is of the minute in which the line arrived, which may be the one after the call's.
    assert reason["startDate"] <= event["time"]


def test_the_log_group_can_be_searched_with_the_filters_pattern(account: Account) -> None:
    account.trail(**log_group(account))
    record = read_decoy(account)
    logs = account.client("logs")
    pattern = '{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "prod/db-root") }'
    (found,) = logs.filter_log_events(logGroupName="/audit", filterPattern=pattern)["events"]
    assert json.loads(found["message"]) == record
    assert found["logStreamName"] == f"{ACCOUNT}_CloudTrail_{HOME}"
    assert logs.filter_log_events(logGroupName="/audit", filterPattern='{ $.eventName = "Nothing" }')["events"] == []


def test_records_of_every_region_come_to_the_home_log_group(account: Account) -> None:
    account.trail(**log_group(account))
    record = read_decoy(account, OTHER)
    found = account.client("logs").filter_log_events(
        logGroupName="/audit", filterPattern='{ $.eventName = "GetSecretValue" }'
    )
    assert [json.loads(event["message"]) for event in found["events"]] == [record]


def test_a_trail_whose_role_lost_its_permission_fails_visibly(account: Account) -> None:
    account.trail(**log_group(account))
    account.client("iam").delete_role_policy(RoleName="trail-role", PolicyName="policy")
    read_decoy(account)
    failures = [entry for entry in account.entries("trail") if entry["outcome"] == "failed"]
    assert failures and "cannot do logs:CreateLogStream" in failures[0]["reason"]
    written = account.client("logs").filter_log_events(logGroupName="/audit", filterPattern="GetSecretValue")
    assert written["events"] == []


@pytest.mark.parametrize(
    ("key", "delivered"),
    [("alias/aws/sns", False), ("default", False), ("cloudwatch", True)],
)
def test_an_encrypted_topic_is_silent_unless_its_key_lets_cloudwatch_in(
    account: Account, key: str, delivered: bool
) -> None:
    account.trail(**log_group(account))
    if key != "alias/aws/sns":
        root = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        services = allow(["kms:GenerateDataKey*", "kms:Decrypt"], Principal={"Service": "cloudwatch.amazonaws.com"})
        policy = document(root, *([services] if key == "cloudwatch" else []))
        key = account.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    topic = account.client("sns").create_topic(Name="alarms", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="soc@example.com")
    put_filter_and_alarm(account, topic)
    read_decoy(account)
    assert [entry["outcome"] for entry in account.entries("alarm-action")] == ["delivered" if delivered else "failed"]
    assert len(account.entries("mail")) == int(delivered)


# --- log files --------------------------------------------------------------------------------------------------------


def test_log_files_hold_every_covered_record_once_under_cloudtrails_keys(account: Account) -> None:
    account.trail()
    before = {record["eventID"] for record in account.records()}
    read_decoy(account, OTHER)
    account.emulator.settle()
    archive = account.emulator.client("s3", HOME)
    found: list[dict[str, Any]] = []
    name = rf"{ACCOUNT}_CloudTrail_\1_\d{{8}}T\d{{4}}Z_\w{{16}}\.json\.gz"
    layout = rf"AWSLogs/{ACCOUNT}/CloudTrail/([a-z0-9-]+)/\d{{4}}/\d\d/\d\d/{name}"
    for item in archive.list_objects_v2(Bucket="trail-archive")["Contents"]:
        region = re.fullmatch(layout, item["Key"])
        assert region, item["Key"]
        body = archive.get_object(Bucket="trail-archive", Key=item["Key"])["Body"].read()
        records = json.loads(gzip.decompress(body))["Records"]
        assert {record["awsRegion"] for record in records} == {region.group(1)}
        found += records
    wanted = [record for record in account.records() if record["eventID"] not in before]
    by_id = {record["eventID"]: record for record in found}
    assert len(by_id) == len(found)
    assert [by_id.get(record["eventID"]) for record in wanted] == wanted


def test_a_topic_is_told_of_every_log_file(account: Account) -> None:
    topic = account.client("sns").create_topic(Name="files")["TopicArn"]
    account.client("sns").set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=document(allow("sns:Publish", topic, Principal={"Service": "cloudtrail.amazonaws.com"})),
    )
    account.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="soc@example.com")
    account.trail(SnsTopicName="files")
    account.client("iam").create_user(UserName="somebody")
    account.emulator.settle()
    files = [entry["key"] for entry in account.entries("trail")]
    told = [json.loads(entry["body"]) for entry in account.entries("mail")]
    assert files and told == [{"s3Bucket": "trail-archive", "s3ObjectKey": [key]} for key in files]


def test_a_trail_needs_a_bucket_that_lets_cloudtrail_write(account: Account) -> None:
    trails = account.client("cloudtrail")
    for bucket, code in (
        ("nowhere", "S3BucketDoesNotExistException"),
        ("closed", "InsufficientS3BucketPolicyException"),
    ):
        if bucket == "closed":
            account.client("s3").create_bucket(Bucket="closed")
        with pytest.raises(ClientError) as refused:
            trails.create_trail(Name="trail", S3BucketName=bucket)
        assert refused.value.response["Error"]["Code"] == code
    assert trails.describe_trails()["trailList"] == []


def test_a_log_file_key_carries_prefix_region_and_time() -> None:
    at = datetime(2026, 11, 21, 6, 7, 8, tzinfo=UTC)
    start = f"p/AWSLogs/{ACCOUNT}/CloudTrail/eu-central-1/2026/11/21/{ACCOUNT}_CloudTrail_eu-central-1_20261121T0607Z_"
    assert log_file_key("p", ACCOUNT, "eu-central-1", at).startswith(start)


# --- pure -------------------------------------------------------------------------------------------------------------

READ = {"eventSource": "kms.amazonaws.com", "awsRegion": OTHER, "readOnly": True, "eventCategory": "Management"}
IAM_WRITE = {"eventSource": "iam.amazonaws.com", "awsRegion": HOME, "readOnly": False, "eventCategory": "Management"}
TRAIL = {"IsLogging": True, "IsMultiRegionTrail": True, "HomeRegion": HOME, "IncludeGlobalServiceEvents": True}
EVERYTHING = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


@pytest.mark.parametrize(
    ("trail", "selector", "record", "covered"),
    [
        ({}, {}, READ, True),
        ({"IsLogging": False}, {}, READ, False),
        ({"IsMultiRegionTrail": False}, {}, READ, False),
        ({"IsMultiRegionTrail": False}, {}, IAM_WRITE, True),
        ({"IncludeGlobalServiceEvents": False}, {}, IAM_WRITE, False),
        ({"IncludeGlobalServiceEvents": False}, {}, READ, True),
        ({}, {"ReadWriteType": "WriteOnly"}, READ, False),
        ({}, {"ReadWriteType": "WriteOnly"}, IAM_WRITE, True),
        ({}, {"ReadWriteType": "ReadOnly"}, IAM_WRITE, False),
        ({}, {"IncludeManagementEvents": False}, IAM_WRITE, False),
        ({}, {"ExcludeManagementEventSources": ["kms.amazonaws.com"]}, READ, False),
        ({}, {"ExcludeManagementEventSources": ["kms.amazonaws.com"]}, IAM_WRITE, True),
        ({}, {"FieldSelectors": [MANAGEMENT]}, READ, True),
        ({}, {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}, READ, False),
        ({}, {"FieldSelectors": [MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}]}, READ, False),
        (
            {},
            {"FieldSelectors": [MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]},
            READ,
            False,
        ),
        ({}, {"FieldSelectors": [MANAGEMENT, {"Field": "eventSource", "NotStartsWith": ["rds"]}]}, READ, True),
    ],
)
def test_what_a_trail_covers(
    trail: dict[str, Any], selector: dict[str, Any], record: dict[str, Any], covered: bool
) -> None:
    full = selector if "FieldSelectors" in selector else EVERYTHING | selector
    assert covers(TRAIL | trail, [full], record) is covered


API_CALL, ALARM_CHANGE = "AWS API Call via CloudTrail", "CloudWatch Alarm State Change"


@pytest.mark.parametrize(
    ("state", "kind", "read_only", "taken"),
    [
        ("ENABLED", API_CALL, False, True),
        ("ENABLED", API_CALL, True, False),
        (ALL_STATES, API_CALL, True, True),
        (ALL_STATES, ALARM_CHANGE, None, True),
        ("ENABLED", ALARM_CHANGE, None, True),
        ("DISABLED", API_CALL, False, False),
        ("DISABLED", ALARM_CHANGE, None, False),
    ],
)
def test_what_a_rule_is_given(state: str, kind: str, read_only: bool | None, taken: bool) -> None:
    assert reaches_rule(state, {"detail-type": kind, "detail": {"readOnly": read_only}}) is taken


ALARM = {
    "AlarmName": "a",
    "AlarmArn": "arn:a",
    "Namespace": "n",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}
NOW = datetime(2026, 11, 21, 6, 7, 8, 900000, tzinfo=UTC)
START = int(datetime(2026, 11, 21, 6, 7, tzinfo=UTC).timestamp())


def state_of(datapoints: list[Datapoint], **changed: Any) -> str | None:
    verdict = alarm.evaluate(ALARM | changed, datapoints, NOW)
    return verdict and verdict.state


def test_alarm_states() -> None:
    hit, quiet = Datapoint(START, 2.0, 1), Datapoint(START, 0.0, 1)
    assert state_of([hit]) == "ALARM"
    assert state_of([quiet]) == "OK"
    assert state_of([]) == "OK"
    assert state_of([], TreatMissingData="breaching") == "ALARM"
    assert state_of([], TreatMissingData="missing") == "INSUFFICIENT_DATA"
    assert state_of([], TreatMissingData="ignore") is None
    assert state_of([hit], EvaluationPeriods=2) == "OK"
    assert state_of([hit], EvaluationPeriods=2, DatapointsToAlarm=1) == "ALARM"
    assert state_of([hit], EvaluationPeriods=2, TreatMissingData="breaching") == "ALARM"


def test_why_an_alarm_went_off() -> None:
    assert alarm.evaluate(ALARM, [Datapoint(START, 2.0, 2)], NOW) == Verdict(
        "ALARM",
        "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (21/11/26 06:07:00)] was greater than or equal to the "
        "threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
        {
            "version": "1.0",
            "queryDate": "2026-11-21T06:07:08.900+0000",
            "startDate": "2026-11-21T06:07:00.000+0000",
            "statistic": "Sum",
            "period": 60,
            "recentDatapoints": [2.0],
            "threshold": 1.0,
            "evaluatedDatapoints": [{"timestamp": "2026-11-21T06:07:00.000+0000", "sampleCount": 2.0, "value": 2.0}],
        },
    )


def test_an_alarm_whose_actions_are_off_notifies_nobody() -> None:
    armed = ALARM | {"AlarmActions": ["arn:topic"], "OKActions": ["arn:other"]}
    assert alarm_notification.actions(armed, "ALARM") == ["arn:topic"]
    assert alarm_notification.actions(armed | {"ActionsEnabled": False}, "ALARM") == []


# --- event history ----------------------------------------------------------------------------------------------------


def test_the_event_history_needs_no_trail_and_has_the_record_itself(account: Account) -> None:
    record = read_decoy(account)
    attribute = {"AttributeKey": "EventId", "AttributeValue": record["eventID"]}
    (event,) = account.client("cloudtrail").lookup_events(LookupAttributes=[attribute])["Events"]
    assert json.loads(event.pop("CloudTrailEvent")) == record
    assert event == {
        "EventId": record["eventID"],
        "EventName": "GetSecretValue",
        "ReadOnly": "true",
        "AccessKeyId": record["userIdentity"]["accessKeyId"],
        "EventTime": datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%S%z"),
        "EventSource": "secretsmanager.amazonaws.com",
        "Username": "mallory",
        "Resources": [],
    }
    assert account.client("cloudtrail", OTHER).lookup_events(LookupAttributes=[attribute])["Events"] == []
    unknown = {**attribute, "AttributeValue": "00000000-0000-4000-8000-000000000000"}
    assert account.client("cloudtrail").lookup_events(LookupAttributes=[unknown])["Events"] == []
    assert [r["readOnly"] for r in account.records("LookupEvents")] == [True] * 3


def test_the_event_history_is_paged_newest_first(account: Account) -> None:
    for name in ("first", "second", "third"):
        account.client("secretsmanager").create_secret(Name=name, SecretString="x")
    attribute = {"AttributeKey": "EventName", "AttributeValue": "CreateSecret"}
    pages = account.client("cloudtrail").get_paginator("lookup_events")
    found = [
        [json.loads(event["CloudTrailEvent"])["requestParameters"]["name"] for event in page["Events"]]
        for page in pages.paginate(LookupAttributes=[attribute], PaginationConfig={"PageSize": 2})
    ]
    assert found == [["third", "second"], ["first"]]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"LookupAttributes": [{"AttributeKey": "EventId", "AttributeValue": "x"}] * 2}, "LookupAttributes"),
        ({"StartTime": 2_000_000_000, "EndTime": 1_000_000_000}, "TimeRange"),
        ({"NextToken": "made up"}, "NextToken"),
    ],
)
def test_the_event_history_refuses_what_aws_refuses(account: Account, request_: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        account.client("cloudtrail").lookup_events(**request_)
    assert refused.value.response["Error"]["Code"] == f"Invalid{code}Exception"
