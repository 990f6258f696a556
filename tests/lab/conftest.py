"""A running lab with one account, and the few resources that most of its tests need."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deadfall.lab.emulator import Credentials, Emulator

ACCOUNT = "111122223333"
HOME = "us-east-1"
OTHER = "eu-central-1"
ALL_STATES = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str | list[str] = "*", **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def trusting(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


class Account:
    """Everything here is done by `deployer`, an IAM user who may do anything: strictly checked and recorded."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._clients: dict[tuple[str, str], Any] = {}
        self.deployer = self.user("deployer", allow("*"))

    def user(self, name: str, *statements: dict[str, Any]) -> Credentials:
        iam = self.emulator.client("iam", HOME)
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="policy", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def client(self, service: str, region: str = HOME) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = self.emulator.client(
                service, region, self.deployer, "198.51.100.7", "deployer/1"
            )
        return self._clients[service, region]

    def role(self, name: str, service: str, *statements: dict[str, Any]) -> str:
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(service))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=document(*statements))
        return arn

    def trail(self, name: str = "trail", **parameters: Any) -> str:
        """A logging multi-region trail of the home region, with its bucket."""
        arn, bucket = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/{name}", f"{name}-archive"
        service = {"Service": "cloudtrail.amazonaws.com"}
        source = {"aws:SourceArn": arn}
        acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
        self.client("s3").create_bucket(Bucket=bucket)
        self.client("s3").put_bucket_policy(
            Bucket=bucket,
            Policy=document(
                allow(
                    "s3:GetBucketAcl", f"arn:aws:s3:::{bucket}", Principal=service, Condition={"StringEquals": source}
                ),
                allow(
                    "s3:PutObject",
                    f"arn:aws:s3:::{bucket}/AWSLogs/{ACCOUNT}/*",
                    Principal=service,
                    Condition={"StringEquals": source | acl},
                ),
            ),
        )
        trails = self.client("cloudtrail")
        trails.create_trail(Name=name, S3BucketName=bucket, IsMultiRegionTrail=True, **parameters)
        trails.start_logging(Name=name)
        return arn

    def queue(self, name: str, service: str = "events.amazonaws.com", region: str = HOME) -> tuple[str, str]:
        """(URL, ARN) of a queue that `service` may send to."""
        sqs, arn = self.client("sqs", region), f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        policy = document(allow("sqs:SendMessage", arn, Principal={"Service": service}))
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return url, arn

    def messages(self, url: str, region: str = HOME) -> list[dict[str, Any]]:
        """Every message of a queue, decoded, with its attributes under `attributes`."""
        found: list[dict[str, Any]] = []
        sqs = self.client("sqs", region)
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
            "Messages"
        ):
            found += [
                {
                    "body": json.loads(message["Body"]),
                    "attributes": {
                        name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()
                    },
                }
                for message in batch
            ]
        return found

    def rule(self, name: str, pattern: dict[str, Any], *targets: dict[str, Any], **parameters: Any) -> str:
        region = parameters.pop("region", HOME)
        events = self.client("events", region)
        arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern), **parameters)["RuleArn"]
        if targets:
            numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
            answer = events.put_targets(Rule=name, Targets=numbered)
            assert answer["FailedEntryCount"] == 0
        return arn

    def function(self, name: str, source: str, *statements: dict[str, Any]) -> str:
        role = self.role(f"{name}-role", "lambda.amazonaws.com", *statements)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("app.py", source)
        return self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="app.handler",
            Role=role,
            Timeout=20,
            Code={"ZipFile": archive.getvalue()},
        )["FunctionArn"]

    def records(self, name: str | None = None) -> list[dict[str, Any]]:
        """The CloudTrail records made so far, of one event name or of all."""
        made = [entry["record"] for entry in self.emulator.journal() if entry["kind"] == "record"]
        return [record for record in made if name in (None, record["eventName"])]

    def entries(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.emulator.journal() if entry["kind"] == kind]


def eventually(condition: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """The first true value of `condition`. The time is only how long a broken lab may keep a test waiting."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"did not happen: {what}")


@pytest.fixture
def account() -> Iterator[Account]:
    with Emulator.start(account_id=ACCOUNT) as emulator:
        yield Account(emulator)


@pytest.fixture
def own_account(cold: None) -> Iterator[Account]:
    """For tests of the server's own process: started as everybody starts it."""
    with Emulator.start(account_id=ACCOUNT) as emulator:
        yield Account(emulator)
