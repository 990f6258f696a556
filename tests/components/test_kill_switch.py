"""The kill switch: the function, all that it works with, and what its role may and may never do."""

import json
from importlib import import_module

import pytest

from deadfall.lab.engine import Result
from responders.kill_switch.permissions import Scope, role_statements
from responders.kill_switch.settings import Settings
from tests.components.recorded import children, dependencies, inputs

DEPLOY_ROLE = "arn:aws:iam::111122223333:role/deploy"
BREAK_GLASS = "arn:aws:iam::111122223333:role/break-glass"
DECOY_USER = "arn:aws:iam::111122223333:user/svc-billing-export"
SCOPES = {
    "dev": Scope(
        partition="aws",
        account_id="111122223333",
        home_region="eu-west-1",
        prefix="account-audit",
        function="account-audit-responder",
        role="account-audit-responder",
        ledger_table="account-audit-ledger",
        evidence_bucket="account-audit-evidence-111122223333-eu-west-1",
        alert_topic="account-audit-alerts",
        trail_log_group="/account-audit/trail",
        protected_principals=(DEPLOY_ROLE, BREAK_GLASS, DECOY_USER),
    ),
    "other": Scope(
        partition="aws",
        account_id="444455556666",
        home_region="eu-west-1",
        prefix="records",
        function="records-responder",
        role="records-responder",
        ledger_table="records-ledger",
        evidence_bucket="records-evidence-444455556666-eu-west-1",
        alert_topic="records-alerts",
        trail_log_group="/records/trail",
        protected_principals=(
            "arn:aws:iam::444455556666:role/ci/deploy",
            "arn:aws:iam::444455556666:user/emergency",
            "arn:aws:iam::444455556666:user/svc-crm-sync",
        ),
    ),
}


def test_all_of_it(dev: Result):
    assert children(dev, "KillSwitch", "responder") == {
        "SecureBucket responder-evidence",
        "DeadLetterQueue responder-dead-letters",
        "dynamodb.Table responder-ledger",
        "cloudwatch.LogGroup responder",
        "iam.Role responder",
        "iam.RolePolicy responder",
        "lambda.Function responder",
        "lambda.FunctionEventInvokeConfig responder",
        "lambda.Permission responder",
        "cloudwatch.MetricAlarm responder-errors",
        "cloudwatch.MetricAlarm responder-throttles",
        "cloudwatch.MetricAlarm responder-not-contained",
        "cloudwatch.MetricAlarm responder-not-told",
        "cloudwatch.EventRule responder-alarm-change",
        "cloudwatch.EventTarget responder-alarm-change",
    }


def test_the_function(dev: Result):
    function = inputs(dev, "lambda.Function", "responder")
    del function["code"]  # test_lambda_archive.py
    assert function == {
        "name": "account-audit-responder",
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "handler": "kill_switch.handler.lambda_handler",
        "role": "<iam.Role responder>",
        "memorySize": 512,
        "timeout": 60,
        "reservedConcurrentExecutions": 10,
        "deadLetterConfig": {"targetArn": "arn:aws:sqs:eu-west-1:111122223333:account-audit-responder-dead-letters"},
        "environment": {
            "variables": {
                "ACCOUNT_ID": "111122223333",
                "HOME_REGION": "eu-west-1",
                "PREFIX": "account-audit",
                "LEDGER_TABLE": "account-audit-ledger",
                "EVIDENCE_BUCKET": "account-audit-evidence-111122223333-eu-west-1",
                "ALERT_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:account-audit-alerts",
                "TRAIL_LOG_GROUP": "/account-audit/trail",
                "DEPLOY_ROLE_ARN": DEPLOY_ROLE,
                "PROTECTED_PRINCIPALS": json.dumps([DEPLOY_ROLE, BREAK_GLASS]),
            }
        },
        "region": "eu-west-1",
    }


def test_the_function_is_made_when_it_can_work(dev: Result):
    assert dependencies(dev, "lambda.Function", "responder") == {
        "iam.Role responder",
        "iam.RolePolicy responder",
        "cloudwatch.LogGroup responder",
        "dynamodb.Table responder-ledger",
        "s3.BucketPolicy responder-evidence",
        "sqs.QueuePolicy responder-dead-letters",
        "secretsmanager.Secret prod/billing/postgres-eu-west-1",  # its manifest holds the decoys' ARNs
        "ssm.Parameter /prod/ledger/api-token-eu-west-1",
    }


def test_the_handler_is_in_the_package(dev: Result):
    module, _, function = inputs(dev, "lambda.Function", "responder")["handler"].rpartition(".")
    assert callable(getattr(import_module(f"responders.{module}"), function))


@pytest.mark.parametrize("stack", ["dev", "other", "adopting"])
def test_the_responder_can_use_its_environment(request: pytest.FixtureRequest, stack: str):
    variables = inputs(request.getfixturevalue(stack), "lambda.Function", "responder")["environment"]["variables"]
    settings = Settings.from_environment(variables)
    assert settings.deploy_role in settings.protected
    assert len(settings.protected) == 2


def test_calls_that_fail_are_tried_again_for_an_hour(dev: Result):
    assert inputs(dev, "lambda.FunctionEventInvokeConfig", "responder") == {
        "functionName": "account-audit-responder",
        "maximumEventAgeInSeconds": 3600,
        "maximumRetryAttempts": 2,
        "region": "eu-west-1",
    }


def test_only_rules_of_this_stack_account_and_region_call_it(dev: Result):
    assert inputs(dev, "lambda.Permission", "responder") == {
        "statementId": "rules",
        "action": "lambda:InvokeFunction",
        "function": "account-audit-responder",
        "principal": "events.amazonaws.com",
        "sourceArn": "arn:aws:events:eu-west-1:111122223333:rule/account-audit-*",
        "region": "eu-west-1",
    }


def test_only_lambda_takes_its_role(dev: Result):
    assert inputs(dev, "iam.Role", "responder") == {
        "name": "account-audit-responder",
        "assumeRolePolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
    }


@pytest.mark.parametrize("stack", SCOPES)
def test_its_role_may_do_what_the_responders_code_declares(request: pytest.FixtureRequest, stack: str):
    assert inputs(request.getfixturevalue(stack), "iam.RolePolicy", "responder") == {
        "name": "respond",
        "role": "<iam.Role responder>",
        "policy": {"Version": "2012-10-17", "Statement": role_statements(SCOPES[stack])},
    }


def test_its_role_never_touches_itself_nor_who_must_not_be_contained(dev: Result):
    statements = inputs(dev, "iam.RolePolicy", "responder")["policy"]["Statement"]
    assert [one for one in statements if one["Effect"] == "Deny"] == [
        {
            "Sid": "NeverTouch",
            "Effect": "Deny",
            "Action": "iam:*",
            "Resource": [
                "arn:aws:iam::111122223333:role/account-audit-responder",
                DEPLOY_ROLE,
                BREAK_GLASS,
                DECOY_USER,
                "arn:aws:iam::111122223333:role/aws-service-role/*",
                "arn:aws:iam::111122223333:role/aws-reserved/*",
                "arn:aws:iam::111122223333:role/AWSServiceRoleFor*",
                "arn:aws:iam::111122223333:role/AWSReservedSSO_*",
                "arn:aws:iam::111122223333:role/OrganizationAccountAccessRole",
                "arn:aws:iam::111122223333:role/AWSControlTowerExecution",
                "arn:aws:iam::111122223333:role/stacksets-exec-*",
            ],
        }
    ]


@pytest.mark.parametrize(("stack", "prefix", "kept"), [("dev", "account-audit", False), ("other", "records", True)])
def test_the_ledger(request: pytest.FixtureRequest, stack: str, prefix: str, kept: bool):
    assert inputs(request.getfixturevalue(stack), "dynamodb.Table", "responder-ledger") == {
        "name": f"{prefix}-ledger",
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "pk",
        "rangeKey": "sk",
        "attributes": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
        "pointInTimeRecovery": {"enabled": True},
        "serverSideEncryption": {"enabled": True},
        "ttl": {"attributeName": "expires", "enabled": True},
        "deletionProtectionEnabled": kept,
        "region": "eu-west-1",
    }


@pytest.mark.parametrize(("stack", "prefix", "days"), [("dev", "account-audit", 14), ("other", "records", 545)])
def test_its_log_is_kept_as_config_says_of_evidence(request: pytest.FixtureRequest, stack: str, prefix: str, days: int):
    assert inputs(request.getfixturevalue(stack), "cloudwatch.LogGroup", "responder") == {
        "name": f"/aws/lambda/{prefix}-responder",
        "retentionInDays": days,
        "region": "eu-west-1",
    }


@pytest.mark.parametrize(
    ("suffix", "metric", "means"),
    [
        ("errors", {"namespace": "AWS/Lambda", "metricName": "Errors"}, "The responder failed."),
        ("throttles", {"namespace": "AWS/Lambda", "metricName": "Throttles"}, "The responder was throttled."),
        (
            "not-contained",
            {"namespace": "account-audit/responder", "metricName": "ContainmentFailed"},
            "A principal was not contained.",
        ),
        (
            "not-told",
            {"namespace": "account-audit/responder", "metricName": "AlertFailed"},
            "An alert could not be sent.",
        ),
    ],
)
def test_its_own_failure_is_told(dev: Result, suffix: str, metric: dict[str, str], means: str):
    of_function = {"dimensions": {"FunctionName": "account-audit-responder"}}
    assert inputs(dev, "cloudwatch.MetricAlarm", f"responder-{suffix}") == {
        "name": f"account-audit-responder-{suffix}",
        "alarmDescription": f"{means} See its log group.",
        **metric,
        **(of_function if metric["namespace"] == "AWS/Lambda" else {}),
        "statistic": "Sum",
        "period": 60,
        "evaluationPeriods": 1,
        "threshold": 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": ["arn:aws:sns:eu-west-1:111122223333:account-audit-alerts"],
        "region": "eu-west-1",
    }
    assert dependencies(dev, "cloudwatch.MetricAlarm", f"responder-{suffix}") == {
        "sns.Topic alerts-eu-west-1",
        "sns.TopicPolicy alerts-eu-west-1",
    }


def test_alarms_of_detections_call_it(dev: Result):
    assert inputs(dev, "cloudwatch.EventRule", "responder-alarm-change") == {
        "name": "account-audit-alarm-change",
        "eventPattern": {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {
                "state": {"value": ["ALARM"]},
                "configuration": {
                    "metrics": {
                        "metricStat": {
                            "metric": {"namespace": [f"account-audit/{each}" for each in ("detections", "supersets")]}
                        }
                    }
                },
            },
        },
        "state": "ENABLED",
        "region": "eu-west-1",
    }
    # No input transformer: the event comes as it is.
    assert inputs(dev, "cloudwatch.EventTarget", "responder-alarm-change") == {
        "rule": "account-audit-alarm-change",
        "targetId": "responder",
        "arn": "arn:aws:lambda:eu-west-1:111122223333:function:account-audit-responder",
        "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 60},
        "deadLetterConfig": {"arn": "arn:aws:sqs:eu-west-1:111122223333:account-audit-rule-dead-letters"},
        "region": "eu-west-1",
    }
    assert dependencies(dev, "cloudwatch.EventTarget", "responder-alarm-change") == {
        "cloudwatch.EventRule responder-alarm-change",
        "sqs.QueuePolicy rule-dead-letters-eu-west-1",
        "lambda.Function responder",
        "lambda.FunctionEventInvokeConfig responder",
        "lambda.Permission responder",
    }
