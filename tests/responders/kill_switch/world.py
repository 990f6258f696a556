"""The account that the responder's tests play in: settings, manifest, records, and AWS as moto gives it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from types import SimpleNamespace
from typing import Any

from moto.iam.models import iam_backends

from responders.kill_switch import manifest
from responders.kill_switch.manifest import Manifest
from responders.kill_switch.respond import respond
from responders.kill_switch.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures"

ACCOUNT = "123456789012"  # moto's own
HOME = "eu-west-1"
PREFIX = "account-audit"
STREAM = f"{ACCOUNT}_CloudTrail_{HOME}"
SECRET = "prod/billing/db"
SECRET_ARN = f"arn:aws:secretsmanager:{HOME}:{ACCOUNT}:secret:{SECRET}-a1B2c3"
DECOY_USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/svc-billing-export"
DEPLOY_ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/ci/deploy"
BREAK_GLASS_ARN = f"arn:aws:iam::{ACCOUNT}:role/emergency/break-glass"
BREAK_GLASS_USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/break-glass"

READ, DECRYPT, KEY_USE, ROOT_USE = "access-0a1b2c", "decrypt-0a1b2c", "activity-3d4e5f", "root-use"
WATCHED, FINDINGS, FINDINGS_CONTAINED = "bucket-policies", "findings", "findings-contained"
SIGN_INS, MANY_READS = "failed-sign-ins", "many-reads"
"""Counted: five failures of an address within 300 s; three calls of a principal, who is contained."""

WIDE, WIDE_ON_EVENT_PATH, WIDE_CONTAINED = "wide", "wide-on-event-path", "wide-contained"
WIDE_COUNTED, WIDE_MANY, WIDE_FINDINGS = "wide-counted", "wide-many", "wide-findings"
"""Their queries match more than the rule, which asks for the AWS CLI; of findings, for a user."""

SECRET_DECOY = {
    "kind": "secret",
    "name": SECRET,
    "arn": SECRET_ARN,
    "region": HOME,
    "identifiers": [
        SECRET,
        SECRET_ARN.removesuffix("-a1B2c3"),
        SECRET_ARN,
        f"arn:aws:ssm:{HOME}:{ACCOUNT}:parameter/aws/reference/secretsmanager/{SECRET}",
    ],
    "callers": [],
}
KEY_DECOY = {
    "kind": "accessKey",
    "name": "svc-billing-export",
    "arn": DECOY_USER_ARN,
    "region": HOME,
    "identifiers": [],
    "callers": [DECOY_USER_ARN, "svc-billing-export"],
}


def _text(text: str) -> dict[str, Any]:
    return {"text": [text], "cased": True}


def _call(source: str, *names: str) -> dict[str, Any]:
    """The rule of every call of these names to a service."""
    named = [{"field": "eventName", "value": _text(name)} for name in names]
    return {"and": [{"field": "eventSource", "value": _text(source)}, {"or": named}]}


REFUSED = {"text": [{"wildcard": "*"}, " is not authorized to perform: ", {"wildcard": "*"}], "cased": True}
SECRET_RULE = {
    "or": [
        _call("secretsmanager.amazonaws.com", "GetSecretValue", "BatchGetSecretValue"),
        _call("kms.amazonaws.com", "Decrypt"),
        {"field": "errorMessage", "value": REFUSED},
    ]
}
"""Broader than the shipped rules, so that only the identifiers decide."""
KEY_RULE = {
    "or": [
        {"field": "userIdentity.arn", "value": _text(DECOY_USER_ARN)},
        {"field": "userIdentity.sessionContext.sessionIssuer.arn", "value": _text(DECOY_USER_ARN)},
        {
            "and": [
                {"field": "eventSource", "value": _text("signin.amazonaws.com")},
                {"field": "userIdentity.userName", "value": _text("svc-billing-export")},
            ]
        },
    ]
}


CLI_RULE = {
    "and": [
        _call("secretsmanager.amazonaws.com", "GetSecretValue"),
        {"field": "userAgent", "value": {"text": [{"wildcard": "*"}, "AWS-CLI", {"wildcard": "*"}], "cased": False}},
    ]
}
ALICE_RULE = {"field": "resource.accessKeyDetails.userName", "value": _text("alice")}


def described(title: str, response: str = "alert", **more: Any) -> dict[str, Any]:
    """A detection as the manifest has it."""
    return {
        "title": title,
        "response": response,
        "level": "high",
        "runbook": None,
        "count": None,
        "rule": None,
        "supersets": [],
        "decoy": None,
    } | more


def counted(by: str, at_least: int, seconds: int = 300) -> dict[str, Any]:
    return {"groupBy": [by], "seconds": seconds, "atLeast": at_least}


RUNBOOK = "docs/runbooks.md#decoy-read"
DETECTIONS = {
    "detections": {
        READ: described(
            f"The decoy secret {SECRET} was read",
            "contain",
            level="critical",
            runbook=RUNBOOK,
            decoy=SECRET_DECOY,
            rule=SECRET_RULE,
        ),
        DECRYPT: described(f"The decoy secret {SECRET} was decrypted", "contain", decoy=SECRET_DECOY, rule=SECRET_RULE),
        KEY_USE: described("The decoy access key was used", decoy=KEY_DECOY, rule=KEY_RULE),
        ROOT_USE: described("The root user of the account was used"),
        WATCHED: described("A bucket's policy was changed", "observe", level="low"),
        FINDINGS: described("GuardDuty found something"),
        FINDINGS_CONTAINED: described("GuardDuty found something", "contain"),
        SIGN_INS: described("Console sign-ins failed", count=counted("sourceIPAddress", 5)),
        MANY_READS: described("Many secrets were read", "contain", count=counted("userIdentity.arn", 3)),
        WIDE: described("The CLI read a secret", rule=CLI_RULE, supersets=["E", "L"]),
        WIDE_ON_EVENT_PATH: described("The CLI read a secret", rule=CLI_RULE, supersets=["E"]),
        WIDE_CONTAINED: described("The CLI read a secret", "contain", rule=CLI_RULE, supersets=["E", "L"]),
        WIDE_COUNTED: described(
            "The CLI read secrets", rule=CLI_RULE, supersets=["E", "L"], count=counted("userIdentity.arn", 3)
        ),
        WIDE_MANY: described(
            "The CLI read secrets",
            "contain",
            rule=CLI_RULE,
            supersets=["E", "L"],
            count=counted("userIdentity.arn", 3),
        ),
        WIDE_FINDINGS: described("A finding about Alice", rule=ALICE_RULE, supersets=["E"]),
    },
    "decoy_principals": [DECOY_USER_ARN],
}


USER_ID, ROLE_ID = "AIDAJ45Q7YFFAREXAMPLE", "AROAIDPPEZS35WEXAMPLE"

ENVIRONMENT = {
    "ACCOUNT_ID": ACCOUNT,
    "HOME_REGION": HOME,
    "PREFIX": PREFIX,
    "LEDGER_TABLE": f"{PREFIX}-ledger",
    "EVIDENCE_BUCKET": f"{PREFIX}-evidence-{ACCOUNT}-{HOME}",
    "ALERT_TOPIC_ARN": f"arn:aws:sns:{HOME}:{ACCOUNT}:{PREFIX}-alerts",
    "TRAIL_LOG_GROUP": f"/{PREFIX}/trail",
    "DEPLOY_ROLE_ARN": DEPLOY_ROLE_ARN,
    "PROTECTED_PRINCIPALS": json.dumps([DEPLOY_ROLE_ARN, BREAK_GLASS_ARN, BREAK_GLASS_USER_ARN]),
}
SETTINGS = Settings.from_environment(ENVIRONMENT)
MANIFEST: Manifest = manifest.parse(DETECTIONS)


def fixture(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def path_e(detection: str, record: dict[str, Any]) -> dict[str, Any]:
    """What a rule's input transformer gives the function."""
    return {
        "detection": detection,
        "event": {
            "version": "0",
            "id": "5471314a-e675-32d7-2742-690d2d978102",
            "detail-type": "AWS Console Sign In via CloudTrail"
            if record["eventName"] == "ConsoleLogin"
            else "AWS API Call via CloudTrail",
            "source": "aws." + record["eventSource"].split(".")[0],
            "account": record["recipientAccountId"],
            "time": record["eventTime"],
            "region": record["awsRegion"],
            "resources": [],
            "detail": record,
        },
    }


def finding(**changes: Any) -> dict[str, Any]:
    """A GuardDuty finding about a user's key, written from AWS's documentation of its format."""
    return {
        "schemaVersion": "2.0",
        "accountId": ACCOUNT,
        "region": HOME,
        "partition": "aws",
        "id": "16afba5c5c43e07c9e3e5e2e544e95df",
        "arn": f"arn:aws:guardduty:{HOME}:{ACCOUNT}:detector/4eb0fe/finding/16afba5c5c43e07c9e3e5e2e544e95df",
        "type": "UnauthorizedAccess:IAMUser/TorIPCaller",
        "resource": {
            "resourceType": "AccessKey",
            "accessKeyDetails": {
                "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "principalId": USER_ID,
                "userType": "IAMUser",
                "userName": "alice",
            },
        },
        "service": {
            "serviceName": "guardduty",
            "action": {
                "actionType": "AWS_API_CALL",
                "awsApiCallAction": {"api": "ListBuckets", "remoteIpDetails": {"ipAddressV4": "203.0.113.66"}},
            },
            "archived": False,
            "count": 1,
        },
        "severity": 5,
        "createdAt": "2026-01-31T12:00:00.000Z",
        "updatedAt": "2026-01-31T12:00:00.000Z",
        "title": "APIs commonly used in Discovery tactics invoked by alice from a Tor exit node.",
        "description": "An API was invoked from a Tor exit node.",
        **changes,
    }


def found(detection: str, detail: dict[str, Any]) -> dict[str, Any]:
    """A finding as a rule's input transformer gives it to the function."""
    payload = path_e(detection, {**fixture("record-GetSecretValue")})
    payload["event"] |= {"detail-type": "GuardDuty Finding", "source": "aws.guardduty", "detail": detail}
    return payload


def role_session(
    name: str = "app-server",
    session: str = "i-0abc123def4567890",
    path: str = "/",
    role_id: str = ROLE_ID,
    issued_at: str = "2026-01-31T11:40:00Z",
    account: str = ACCOUNT,
) -> dict[str, Any]:
    """A userIdentity of a plain role session."""
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "accountId": account,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{account}:role{path}{name}",
                "accountId": account,
                "userName": name,
            },
            "attributes": {"mfaAuthenticated": "false", "creationDate": issued_at},
        },
    }


def user(name: str = "alice", path: str = "/", user_id: str = USER_ID) -> dict[str, Any]:
    """A userIdentity of an IAM user's long-term key."""
    return {
        "type": "IAMUser",
        "principalId": user_id,
        "arn": f"arn:aws:iam::{ACCOUNT}:user{path}{name}",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "userName": name,
    }


@dataclass
class Clock:
    """Time that passes by 100 ms with every look at it."""

    at: datetime = datetime(2026, 1, 31, 12, 0, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=100)
        return self.at


def intercept(
    client: Any, operation: str, answer: Callable[[dict[str, Any]], dict[str, Any]], is_default: bool = False
) -> None:
    """Answer an operation of a client in AWS's stead. boto3 validated the parameters before; an answer with `Error` is
    raised as AWS's errors are, and an empty one lets the call through. Who intercepts first
    is asked first, a default last."""

    def handler(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
        body = params["body"]
        parsed = answer(json.loads(body) if isinstance(body, bytes | str) and body[:1] in (b"{", "{") else {})
        if not parsed:
            return None
        status = 400 if "Error" in parsed else 200
        return SimpleNamespace(status_code=status), {"ResponseMetadata": {"HTTPStatusCode": status}, **parsed}

    register = client.meta.events.register_last if is_default else client.meta.events.register
    register(f"before-call.*.{operation}", handler)


@dataclass
class Account:
    """A moto account with an attacker in it and everything that the responder writes to."""

    aws: Any
    sqs: Any
    clock: Clock = field(default_factory=Clock)
    event_history: list[dict[str, Any]] = field(default_factory=list)
    """The records that CloudTrail's event history of the home region holds."""

    def __post_init__(self) -> None:
        intercept(self.aws.cloudtrail(HOME), "LookupEvents", self._look_up, is_default=True)

    def _look_up(self, request: dict[str, Any]) -> dict[str, Any]:
        (attribute,) = request["LookupAttributes"]
        assert attribute["AttributeKey"] == "EventId"
        kept = [record for record in self.event_history if record["eventID"] == attribute["AttributeValue"]]
        return {"Events": [{"EventId": r["eventID"], "CloudTrailEvent": json.dumps(r)} for r in kept]}

    def deliver(self, payload: object) -> dict[str, Any]:
        """Invoke the responder."""
        return respond(payload, SETTINGS, MANIFEST, self.aws, self.clock)

    def refuse(self, client: Any, operation: str, code: str, times: int = 1_000_000) -> None:
        """Let AWS refuse an operation, this often."""
        left = iter(range(times))

        def answer(parameters: dict[str, Any]) -> dict[str, Any]:
            if next(left, None) is None:
                return {}
            return {"Error": {"Code": code, "Message": f"{operation} is refused by the test"}}

        intercept(client, operation, answer)

    def mails(self) -> list[tuple[str, str]]:
        """Every mail so far, oldest first: subject and text."""
        url = self.sqs.get_queue_url(QueueName="mails")["QueueUrl"]
        mails = []
        while True:
            messages = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
                "Messages", []
            )
            for message in messages:
                body = json.loads(message["Body"])
                mails.append((body.get("Subject", ""), body["Message"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if not messages:
                return mails

    def items(self, prefix: str) -> list[dict[str, Any]]:
        """Every item of the ledger whose partition key starts so."""
        scanned = self.aws.dynamodb.scan(TableName=SETTINGS.ledger_table)["Items"]
        return [item for item in scanned if item["pk"]["S"].startswith(prefix)]

    def incidents(self) -> list[dict[str, Any]]:
        found = [item for item in self.items("INCIDENT#") if item["sk"]["S"] == "DOCUMENT"]
        return sorted((json.loads(item["document"]["S"]) for item in found), key=lambda document: document["id"])

    def counts(self) -> dict[str, float]:
        """The sums of the responder's metrics."""
        cloudwatch = self.aws.cloudwatch
        data: dict[str, float] = {}
        for metric in cloudwatch.list_metrics(Namespace=f"{PREFIX}/responder")["Metrics"]:
            points = cloudwatch.get_metric_statistics(
                Namespace=f"{PREFIX}/responder",
                MetricName=metric["MetricName"],
                StartTime=datetime.now(UTC) - timedelta(hours=1),
                EndTime=datetime.now(UTC) + timedelta(hours=1),
                Period=7200,
                Statistics=["Sum"],
            )["Datapoints"]
            data[metric["MetricName"]] = sum(point["Sum"] for point in points)
        return data

    def access_keys(self) -> dict[str, str]:
        keys = self.aws.iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in keys}

    def user_policies(self) -> dict[str, Any]:
        names = self.aws.iam.list_user_policies(UserName="alice")["PolicyNames"]
        return {n: self.aws.iam.get_user_policy(UserName="alice", PolicyName=n)["PolicyDocument"] for n in names}

    def role_policies(self) -> dict[str, Any]:
        names = self.aws.iam.list_role_policies(RoleName="app-server")["PolicyNames"]
        return {n: self.aws.iam.get_role_policy(RoleName="app-server", PolicyName=n)["PolicyDocument"] for n in names}


def furnish(aws: Any, sqs: Any) -> Account:
    """Call inside `mock_aws`."""
    aws.iam.create_user(UserName="alice")
    aws.iam.create_access_key(UserName="alice")
    second = aws.iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    aws.iam.update_access_key(UserName="alice", AccessKeyId=second, Status="Inactive")
    aws.iam.create_login_profile(UserName="alice", Password="correct-horse-battery-staple")
    trust = {"Version": "2012-10-17", "Statement": []}
    aws.iam.create_role(RoleName="app-server", AssumeRolePolicyDocument=json.dumps(trust))
    aws.dynamodb.create_table(
        TableName=SETTINGS.ledger_table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )
    aws.s3.create_bucket(
        Bucket=SETTINGS.evidence_bucket, CreateBucketConfiguration={"LocationConstraint": SETTINGS.home_region}
    )
    aws.sns.create_topic(Name=f"{PREFIX}-alerts")
    queue = sqs.create_queue(QueueName="mails")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.sns.subscribe(TopicArn=SETTINGS.alert_topic_arn, Protocol="sqs", Endpoint=queue_arn)
    aws.logs.create_log_group(logGroupName=SETTINGS.trail_log_group)
    aws.logs.create_log_stream(logGroupName=SETTINGS.trail_log_group, logStreamName=STREAM)
    _one_call_at_a_time(aws.iam, aws.dynamodb, aws.s3, aws.sns, aws.logs, aws.cloudwatch, aws.cloudtrail(HOME))
    # moto's unique ids don't look like IAM's.
    iam = iam_backends[ACCOUNT]["aws"]
    iam.get_user("alice").id = USER_ID
    iam.get_role("app-server").id = ROLE_ID
    return Account(aws, sqs)


def _one_call_at_a_time(*clients: Any) -> None:
    """AWS's calls are atomic, moto's are not; what happens between two calls stays as concurrent as it is."""
    lock = RLock()
    for client in clients:

        def locked(*arguments: Any, call: Any = client._make_api_call) -> Any:
            with lock:
                return call(*arguments)

        client._make_api_call = locked
