"""Who hands a role to a service must be allowed to pass it: `iam:PassRole`, for that role and that service."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import ACCOUNT, HOME, Account, allow, document

ROLE = f"arn:aws:iam::{ACCOUNT}:role/given"


def create_function(client: Callable[[str], Any]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("app.py", "def handler(event, context): pass")
    client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": archive.getvalue()},
    )


def put_targets(client: Callable[[str], Any]) -> None:
    client("events").put_rule(Name="r", EventPattern='{"source": ["a"]}')
    bus = f"arn:aws:events:eu-central-1:{ACCOUNT}:event-bus/default"
    client("events").put_targets(Rule="r", Targets=[{"Id": "1", "Arn": bus, "RoleArn": ROLE}])


def create_trail(client: Callable[[str], Any]) -> None:
    client("cloudtrail").update_trail(
        Name="trail",
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/trail:*",
        CloudWatchLogsRoleArn=ROLE,
    )


CASES = [
    pytest.param(create_function, "lambda", id="lambda"),
    pytest.param(put_targets, "events", id="events"),
    pytest.param(create_trail, "cloudtrail", id="cloudtrail"),
]


@pytest.fixture
def prepared(account: Account) -> Account:
    """A role that all three services may use, a trail, and a log group for it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in ("lambda", "events", "cloudtrail")]},
        "Action": "sts:AssumeRole",
    }
    arn = account.role("given", "lambda.amazonaws.com", allow(["logs:CreateLogStream", "logs:PutLogEvents"]))
    account.client("iam").update_assume_role_policy(RoleName="given", PolicyDocument=document(statement))
    assert arn == ROLE
    account.trail()
    account.client("logs").create_log_group(logGroupName="/trail")
    return account


def caller(account: Account, *statements: dict[str, Any]) -> Callable[[str], Any]:
    services = allow(["lambda:*", "events:*", "cloudtrail:*"])
    credentials = account.user("caller", services, *statements)
    return lambda service: account.emulator.client(service, HOME, credentials)


@pytest.mark.parametrize(("call", "service"), CASES)
def test_who_may_pass_the_role_to_the_service_may_hand_it_over(prepared: Account, call: Any, service: str):
    passes = allow(
        "iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
    )
    call(caller(prepared, passes))


@pytest.mark.parametrize(("call", "service"), CASES)
@pytest.mark.parametrize(
    "statement",
    [
        pytest.param([], id="no permission"),
        pytest.param([allow("iam:PassRole", f"{ROLE}-of-another-name")], id="another role"),
        pytest.param(
            [allow("iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})],
            id="another service",
        ),
    ],
)
def test_who_may_not_is_refused(prepared: Account, call: Any, service: str, statement: list[dict[str, Any]]):
    with pytest.raises(ClientError) as refused:
        call(caller(prepared, *statement))
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/caller is not authorized to perform: iam:PassRole on resource: {ROLE} "
        "because no identity-based policy allows the iam:PassRole action",
    )


def test_an_explicit_deny_is_worded_as_one(prepared: Account):
    deny = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        put_targets(caller(prepared, allow("iam:PassRole"), deny))
