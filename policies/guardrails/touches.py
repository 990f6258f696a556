"""What a trap must see: how CloudTrail records a touch of each decoy, the use of root, and a trail that is blinded.

Each touch says only what is certain of its record, by path as in an EventBridge event. A denied call names the secret
in `errorMessage` alone; a successful read leaves a KMS Decrypt with the secret's full ARN; a secret is called by its
name, its partial or its full ARN (research: deception.md 2.2, 2.3).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from . import stack_config
from .arns import compose
from .event_pattern import API_CALL, Value
from .types import SECRET, USER

SUFFIX = "-AbCdEf"  # six characters that Secrets Manager appends to a secret's name
TAMPERING = ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")
SERVICES = ("sts", "s3", "ec2", "bedrock")  # some of those that a stolen key can call
SIGN_IN = ("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail")  # AWS spells it both ways


@dataclass(frozen=True)
class Touch:
    """`thing` was touched in a certain way (`how`) in a region. `on_path_l`: the record reaches the log group in a form
    that a metric filter has room for."""

    thing: str
    how: str
    region: str
    event: Mapping[str, Value]
    on_path_l: bool = True

    @property
    def record(self) -> dict[str, Value]:
        """The record as it stands in the log group: what EventBridge has under `detail`."""
        return {path.removeprefix("detail."): value for path, value in self.event.items() if path.startswith("detail.")}


@dataclass(frozen=True)
class Caller:
    """Who calls, as a record names them; `role` is that of a session."""

    arn: str | None
    role: str | None = None


def of_stack(resources: Iterable[PolicyResource]) -> Iterator[Touch]:
    """Every touch that the stack must see."""
    for resource in resources:
        if resource.resource_type == SECRET:
            yield from _of_secret(resource)
        elif resource.resource_type == USER:
            yield from _of_user(resource)
    for region in stack_config.regions():
        yield from _of_account(region)


def _of_secret(secret: PolicyResource) -> Iterator[Touch]:
    region, name = stack_config.region_of(secret), str(secret.props["name"])
    thing = f"the secret {name}"
    partial = compose("secretsmanager", region, stack_config.account_id(), f"secret:{name}")
    for by, given in (("name", name), ("partial ARN", partial), ("full ARN", partial + SUFFIX)):
        because = "because no identity-based policy allows the secretsmanager:GetSecretValue action"
        refused = f"is not authorized to perform: secretsmanager:GetSecretValue on resource: {given} {because}"
        for caller in _callers():
            read = {**_call("secretsmanager", "GetSecretValue", region), **_by(caller)}
            yield Touch(thing, f"GetSecretValue by {by}", region, {**read, "detail.requestParameters.secretId": given})
            denied = f"User: {caller.arn or 'anonymous'} {refused}"
            yield Touch(thing, f"denied GetSecretValue by {by}", region, {**read, "detail.errorMessage": denied})
            batch = {**_call("secretsmanager", "BatchGetSecretValue", region), **_by(caller)}
            batch["detail.requestParameters.secretIdList"] = ["another", given]
            # A filter pattern can't ask for an element of a list that may be anywhere in it, so path L sees what the
            # batch causes: a GetSecretValue and a Decrypt for each secret.
            yield Touch(thing, f"BatchGetSecretValue by {by}", region, batch, on_path_l=False)
    for caller in _callers():
        decrypt = {**_call("kms", "Decrypt", region), **_by(caller)}
        decrypt["detail.requestParameters.encryptionContext.SecretARN"] = partial + SUFFIX
        yield Touch(thing, "KMS Decrypt behind a read", region, decrypt)


def _of_user(user: PolicyResource) -> Iterator[Touch]:
    name, path = str(user.props["name"]), str(user.props.get("path") or "/")
    arn = compose("iam", "", stack_config.account_id(), f"user{path}{name}")
    for region in stack_config.regions():
        for service in SERVICES:
            event = {**_call(service, None, region), **_by(Caller(arn))}
            yield Touch(f"the user {name}", f"a call of {service}", region, event)


def _of_account(region: str) -> Iterator[Touch]:
    root_user = Caller(compose("iam", "", stack_config.account_id(), "root"))
    root: dict[str, Value] = {
        "detail.userIdentity.type": "Root",
        "detail.userIdentity.invokedBy": None,
        **_by(root_user),
    }
    for service in SERVICES:
        yield Touch("the root user", f"a call of {service}", region, {**_call(service, None, region), **root})
    for spelled in SIGN_IN:
        sign_in = {**_call("signin", "ConsoleLogin", region), **root, "detail-type": spelled}
        yield Touch("the root user", "a sign-in", region, {**sign_in, "detail.eventType": "AwsConsoleSignIn"})
    for name in TAMPERING:
        for caller in _callers():
            yield Touch("CloudTrail", name, region, {**_call("cloudtrail", name, region), **_by(caller)})


def _call(service: str, name: str | None, region: str) -> dict[str, Value]:
    """What is certain of a call's event; a call of no certain name may have any."""
    account = stack_config.account_id()
    event: dict[str, Value] = {
        "source": f"aws.{service}",
        "detail-type": API_CALL,
        "account": account,
        "region": region,
        "detail.eventSource": f"{service}.amazonaws.com",
        "detail.eventType": "AwsApiCall",
        "detail.awsRegion": region,
        "detail.recipientAccountId": account,
    }
    return {**event, "detail.eventName": name} if name else event


def _callers() -> tuple[Caller, ...]:
    """A user, a session of a role, and a caller of whom CloudTrail records no ARN."""
    account = stack_config.account_id()
    session = compose("sts", "", account, "assumed-role/some-role/session")
    return (
        Caller(compose("iam", "", account, "user/somebody")),
        Caller(session, compose("iam", "", account, "role/some-role")),
        Caller(None),
    )


def _by(caller: Caller) -> dict[str, Value]:
    return {
        "detail.userIdentity.arn": caller.arn,
        "detail.userIdentity.sessionContext.sessionIssuer.arn": caller.role,
    }
