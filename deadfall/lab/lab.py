"""An account in the lab: the emulator, a deploy role, the deployed program, and its users."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from . import adopted_trail
from .emulator import Credentials, Emulator
from .engine import Deployment, Event, PulumiDeployment, Result
from .stack_spec import DocumentQuery, Engine, StackSpec

ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
# How long deployments into a lab are possible: the longest session of a role (IAM API reference, CreateRole).
DEPLOY_SECONDS = 12 * 3600
T = TypeVar("T")


class LabTimeoutError(Exception):
    """An expected event did not happen in time; the text names it."""


class Lab:
    """One account in the lab, and one stack of a Pulumi project to deploy into it.

    `spec` describes both; `deployment` deploys and destroys the stack with the deploy role's credentials, as a pipeline
    would; `applied` is the result of the last `up`.
    """

    def __init__(self, emulator: Emulator, spec: StackSpec, deployment: Deployment | PulumiDeployment) -> None:
        self.emulator = emulator
        self.spec = spec
        self.deployment = deployment
        self.applied = Result()

    @staticmethod
    @contextmanager
    def start(
        spec: StackSpec,
        on_event: Callable[[Event], None] = lambda event: None,
        engine: Engine = "builtin",
        deploy_permissions: Sequence[Mapping[str, Any]] = (ANYTHING,),
    ) -> Iterator["Lab"]:
        """Start a lab without deploying the stack.

        Args:
            spec: the stack and its account.
            on_event: receives every step of the deployment.
            engine: the built-in engine, or the pulumi CLI on PATH.
            deploy_permissions: statements of the deploy role's policy.

        Raises:
            EmulatorError: the lab did not start.
        """
        with Emulator.start(spec.account_id) as emulator, tempfile.TemporaryDirectory() as folder:
            if spec.trail_log_group:
                adopted_trail.create(emulator, spec.account_id, spec.region, spec.trail_log_group)
            settings: dict[str, Any] = {
                "config": spec.config,
                "secrets": spec.secret_keys,
                "stack_files": Path(spec.stack_files) if spec.stack_files else None,
                "provider_environment": _provider_environment(
                    emulator, _deploy_credentials(emulator, spec, deploy_permissions)
                ),
                "on_event": on_event,
            }
            project = Path(spec.project)
            if engine == "pulumi":
                deployment = PulumiDeployment(project, spec.stack, folder=Path(folder), **settings)
            else:
                deployment = Deployment(project, spec.stack, state=Path(folder) / "state.json", **settings)
            yield Lab(emulator, spec, deployment)

    def up(self) -> Result:
        """Deploy the stack and store the result in `applied`."""
        self.applied = self.deployment.up()
        return self.applied

    def user(self, name: str, *statements: Mapping[str, Any], password: str | None = None) -> Credentials:
        """Create an IAM user with these permissions, an access key and optionally a console password."""
        iam = self.emulator.client("iam", self.spec.region)
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="work", PolicyDocument=_document(statements))
        if password:
            iam.create_login_profile(UserName=name, Password=password)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def role(self, name: str, *statements: Mapping[str, Any], path: str = "/") -> str:
        """Create an IAM role with these permissions that the whole account may assume. Return its ARN."""
        return _role(self.emulator, self.spec, name, statements, path)

    def session(self, role_arn: str, session_name: str) -> Credentials:
        """Assume a role in this account."""
        return _session(self.emulator, self.spec, role_arn, session_name)

    def wait_for(self, what: str, look: Callable[[], T | None], seconds: float = 20.0) -> T:
        """Call `look` until it returns something, and return that. `what` describes it in the error.

        Raises:
            LabTimeoutError: `look` returned nothing in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if seen := look():
                return seen
            time.sleep(0.05)
        raise LabTimeoutError(f"Not seen in the lab within {seconds:g} s: {what}.")

    def documents(self, query: DocumentQuery) -> list[dict[str, Any]]:
        """Return the JSON documents that the deployed stack stores in a table, in no particular order."""
        pages = self.emulator.client("dynamodb", self.spec.region).get_paginator("scan")
        results = pages.paginate(
            TableName=query.table,
            ConsistentRead=True,
            FilterExpression="#key = :value",
            ExpressionAttributeNames={"#key": query.key},
            ExpressionAttributeValues={":value": {"S": query.value}},
        )
        return [json.loads(item[query.attribute]["S"]) for page in results for item in page["Items"]]

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return the mails sent so far, oldest first."""
        return [e for e in self.emulator.journal() if e["kind"] == "mail" and to in (None, e["to"])]


def _deploy_credentials(emulator: Emulator, spec: StackSpec, statements: Sequence[Mapping[str, Any]]) -> Credentials:
    """Create the deploy role and assume it."""
    _, _, path_and_name = spec.deploy_role_arn.partition(":role/")
    path, _, name = path_and_name.rpartition("/")
    arn = _role(emulator, spec, name, statements, f"/{path}/" if path else "/")
    return _session(emulator, spec, arn, "pulumi", DEPLOY_SECONDS)


def _provider_environment(emulator: Emulator, credentials: Credentials) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token or "",
    }


def _role(
    emulator: Emulator, spec: StackSpec, name: str, statements: Iterable[Mapping[str, Any]], path: str = "/"
) -> str:
    iam = emulator.client("iam", spec.region)
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{spec.account_id}:root"},
        "Action": "sts:AssumeRole",
    }
    arn = iam.create_role(
        RoleName=name, Path=path, AssumeRolePolicyDocument=_document([trusted]), MaxSessionDuration=DEPLOY_SECONDS
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=_document(statements))
    return arn


def _session(emulator: Emulator, spec: StackSpec, role_arn: str, session_name: str, seconds: int = 3600) -> Credentials:
    sts = emulator.client("sts", spec.region)
    issued = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name, DurationSeconds=seconds)["Credentials"]
    return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])


def _document(statements: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
