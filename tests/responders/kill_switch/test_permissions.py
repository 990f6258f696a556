"""The responder's whole role, statement by statement, and that the code uses exactly what it declares."""

import json
import re
from typing import Any

from responders.kill_switch.permissions import PERMISSIONS, Scope, role_statements
from tests.responders.kill_switch.world import (
    BREAK_GLASS_ARN,
    DECRYPT,
    DEPLOY_ROLE_ARN,
    HOME,
    READ,
    STREAM,
    Account,
    fixture,
    intercept,
    path_e,
    role_session,
)

SCOPE = Scope(
    partition="aws",
    account_id="123456789012",
    home_region="eu-west-1",
    prefix="account-audit",
    function="account-audit-responder",
    role="account-audit-responder",
    ledger_table="account-audit-ledger",
    evidence_bucket="account-audit-evidence-123456789012-eu-west-1",
    alert_topic="account-audit-alerts",
    trail_log_group="/account-audit/trail",
    protected_principals=(DEPLOY_ROLE_ARN, BREAK_GLASS_ARN),
)
USERS = "arn:aws:iam::123456789012:user/*"
ROLES = "arn:aws:iam::123456789012:role/*"
LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group"


def allow(sid: str, actions: list[str], resource: str | list[str], condition: Any = None) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def test_role_statements() -> None:
    assert role_statements(SCOPE) == [
        allow("TellUsersApart", ["iam:GetUser"], USERS),
        allow("TellRolesApart", ["iam:GetRole"], ROLES),
        allow("DenyUser", ["iam:GetUserPolicy", "iam:PutUserPolicy"], USERS),
        allow("DeactivateKeys", ["iam:ListAccessKeys", "iam:UpdateAccessKey"], USERS),
        allow("RemovePassword", ["iam:GetLoginProfile", "iam:DeleteLoginProfile"], USERS),
        allow("DenySession", ["iam:GetRolePolicy", "iam:PutRolePolicy"], ROLES),
        allow("ReadPriorState", ["iam:ListAccessKeys", "iam:GetLoginProfile"], USERS),
        allow(
            "KeepLedger",
            ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
            "arn:aws:dynamodb:eu-west-1:123456789012:table/account-audit-ledger",
        ),
        allow(
            "KeepEvidence",
            ["s3:PutObject"],
            "arn:aws:s3:::account-audit-evidence-123456789012-eu-west-1/incidents/*",
        ),
        allow(
            "FindAlarmedRecords",
            ["logs:DescribeMetricFilters", "logs:FilterLogEvents"],
            [f"{LOGS}:/account-audit/trail", f"{LOGS}:/account-audit/trail:*"],
        ),
        allow("ConfirmRecords", ["cloudtrail:LookupEvents"], "*"),
        allow("SendAlerts", ["sns:Publish"], "arn:aws:sns:eu-west-1:123456789012:account-audit-alerts"),
        allow(
            "PutMetrics",
            ["cloudwatch:PutMetricData"],
            "*",
            {"StringEquals": {"cloudwatch:namespace": "account-audit/responder"}},
        ),
        allow(
            "WriteOwnLog",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            f"{LOGS}:/aws/lambda/account-audit-responder:*",
        ),
        allow(
            "HandOverWhatFailed",
            ["sqs:SendMessage"],
            "arn:aws:sqs:eu-west-1:123456789012:account-audit-responder-dead-letters",
        ),
        allow(
            "UseKeyOfTopicAndBucket",
            ["kms:GenerateDataKey", "kms:Decrypt"],
            "arn:aws:kms:eu-west-1:123456789012:key/*",
            {
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/account-audit"},
                "StringEquals": {"kms:ViaService": ["sns.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]},
            },
        ),
        {
            "Sid": "NeverTouch",
            "Effect": "Deny",
            "Action": "iam:*",
            "Resource": [
                "arn:aws:iam::123456789012:role/account-audit-responder",
                "arn:aws:iam::123456789012:role/ci/deploy",
                "arn:aws:iam::123456789012:role/emergency/break-glass",
                "arn:aws:iam::123456789012:role/aws-service-role/*",
                "arn:aws:iam::123456789012:role/aws-reserved/*",
                "arn:aws:iam::123456789012:role/AWSServiceRoleFor*",
                "arn:aws:iam::123456789012:role/AWSReservedSSO_*",
                "arn:aws:iam::123456789012:role/OrganizationAccountAccessRole",
                "arn:aws:iam::123456789012:role/AWSControlTowerExecution",
                "arn:aws:iam::123456789012:role/stacksets-exec-*",
            ],
        },
    ]


def test_sids_are_unique_and_of_letters_and_digits() -> None:
    sids = [statement["Sid"] for statement in role_statements(SCOPE)]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)


def test_calls_made_are_exactly_those_declared(account: Account) -> None:
    """A user and a role session contained, an alarm looked up: every call is declared, every declaration used."""
    calls: set[str] = set()
    aws = account.aws
    clients = {service: getattr(aws, service) for service in ("iam", "dynamodb", "s3", "sns", "logs", "cloudwatch")}
    for service, client in {**clients, "cloudtrail": aws.cloudtrail(HOME)}.items():

        def note(model: Any, service: str = service, **_: Any) -> None:
            calls.add(f"{service}:{model.name}")

        client.meta.events.register("before-parameter-build", note)
    line = {"message": json.dumps(fixture("record-GetSecretValue")), "logStreamName": STREAM}
    intercept(aws.logs, "FilterLogEvents", lambda _: {"events": [line]})
    session = {**fixture("record-GetSecretValue"), "userIdentity": role_session(), "eventID": "0a1b2c3d-0009"}
    alarm = fixture("alarm-change")
    fed = alarm["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    transformation = {"metricName": fed["name"], "metricNamespace": fed["namespace"]}
    filters = [
        {
            "filterName": alarm["detail"]["alarmName"],
            "filterPattern": "{ $.x = 1 }",
            "metricTransformations": [transformation],
        }
    ]
    intercept(aws.logs, "DescribeMetricFilters", lambda _: {"metricFilters": filters})

    for payload in (path_e(READ, fixture("record-GetSecretValue")), path_e(DECRYPT, fixture("record-Decrypt"))):
        account.deliver(payload)
    account.deliver(path_e(READ, session))
    account.deliver(alarm)  # CloudTrail does not know the event, but its caller is contained already

    declared = {
        action for permission in PERMISSIONS if permission.used_by == "responder" for action in permission.actions
    }
    assert calls == declared
