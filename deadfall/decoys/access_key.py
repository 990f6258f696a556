"""A decoy access key, and the ways to touch it: use of the key, and calls by others on its user.

The user has an explicit deny on everything (components/honeytokens/access_key.py), so most of its calls are denied.
Successful calls are covered too, because the deny may have been removed.

Sources on CloudTrail's records: docs/aws-facts.md (denied-parameters-null, denied-iam-entity, forward-access-session,
federated-user, unlogged-calls, data-events, calls-without-permission) and IAM user guide, "Logging IAM and AWS STS API
calls with AWS CloudTrail".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from deadfall.decoy import Decoy
from deadfall.field_types import check_neutral, text_in_form
from deadfall.names import GLOBAL_REGION, Names
from deadfall.touches.records import (
    Caller,
    Record,
    Scene,
    by_service,
    federated_session,
    iam_user,
    refusals,
    role_session,
    user_session,
)
from deadfall.touches.touch import OUTCOMES, PUBLISHED, Touch, Trace

_IDENTITY = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"
_SIGN_IN = (
    "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
    "cloudtrail-event-reference-aws-console-sign-in-events.html"
)
_FEDERATION = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html"
_STS = "https://docs.aws.amazon.com/STS/latest/APIReference"
_DATA_EVENTS = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html"
_UNLOGGED = "https://hackingthe.cloud/aws/enumeration/whoami/"
_IAM_LOGS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html"

# Reads and writes of services that record the parameters of denied calls, and of services that don't.
_CALLS = (
    ("ec2", "DescribeInstances", True),
    ("ec2", "RunInstances", False),
    ("s3", "ListBuckets", True),
    ("lambda", "ListFunctions20150331", True),
    ("ssm", "SendCommand", False),
    ("secretsmanager", "ListSecrets", True),
    ("bedrock", "InvokeModel", True),
)
_GLOBAL_CALLS = (("iam", "ListUsers", True), ("iam", "CreateUser", False), ("organizations", "ListAccounts", True))

RECON = (
    *("GetUser", "GetUserPolicy", "GetLoginProfile", "GetMFADevice", "GetSSHPublicKey"),
    *("ListAccessKeys", "ListUserPolicies", "ListAttachedUserPolicies", "ListGroupsForUser", "ListUserTags"),
    *("ListMFADevices", "ListSSHPublicKeys", "ListSigningCertificates", "ListServiceSpecificCredentials"),
)
# These name the user by ARN, in this parameter.
RECON_BY_ARN = {
    "SimulatePrincipalPolicy": "policySourceArn",
    "GetContextKeysForPrincipalPolicy": "policySourceArn",
    "ListPoliciesGrantingServiceAccess": "arn",
    "GenerateServiceLastAccessedDetails": "arn",
}
CHANGES = {
    "change of its keys": ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"),
    "change of its password": ("CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"),
    "change of its policies": (
        *("AttachUserPolicy", "DetachUserPolicy", "PutUserPolicy", "DeleteUserPolicy"),
        *("PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"),
    ),
    "change of its other credentials": (
        *("CreateServiceSpecificCredential", "UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential"),
        *("ResetServiceSpecificCredential", "UploadSSHPublicKey", "UpdateSSHPublicKey", "DeleteSSHPublicKey"),
        *("UploadSigningCertificate", "UpdateSigningCertificate", "DeleteSigningCertificate"),
        *("EnableMFADevice", "DeactivateMFADevice", "ResyncMFADevice"),
    ),
    "change of the user": ("UpdateUser", "DeleteUser", "TagUser", "UntagUser"),
}
GROUP_CHANGES = ("AddUserToGroup", "RemoveUserFromGroup")
_OTHER_ACCOUNT = "999988887777"


class AccessKeyDecoy(Decoy):
    """An IAM user without permissions, with an access key to plant.

    A GetFederationToken session has its own ARN and names the user as its issuer. A failed console sign-in has no ARN
    but names the user.
    """

    title = "A decoy access key"
    ignores_case = True  # IAM user guide, "IAM and AWS STS quotas"
    compulsory_detections = ("decoy_key_used",)
    names_placeholder, arns_placeholder = "decoy_users", "decoy_user_arns"
    example = {"userName": "svc-example"}  # noqa: RUF012  a ClassVar of the base

    kind: Literal["accessKey"]
    user_name: Annotated[
        str,
        text_in_form(
            r"[A-Za-z0-9_+=,.@-]{1,64}",
            "an IAM user's name of up to 64 characters, without a path: A-Z, a-z, 0-9 and _ + = , . @ -",
        ),
        AfterValidator(check_neutral),
    ]

    @property
    def decoy_name(self) -> str:
        return self.user_name

    @classmethod
    def of_resource(cls, resource_type: str, inputs: Mapping[str, Any]) -> "AccessKeyDecoy | None":
        if resource_type != "aws:iam/user:User":
            return None
        path = str(inputs.get("path") or "/").removeprefix("/")
        return cls.model_construct(kind="accessKey", user_name=f"{path}{inputs['name']}")

    def arn(self, names: Names) -> str:
        return names.iam_arn(f"user/{self.user_name}")

    def identifiers(self, names: Names, arn: str | None = None) -> tuple[str, ...]:
        return ()

    def callers(self, names: Names) -> tuple[str, ...]:
        return (self.arn(names), self.user_name)

    def principal_arn(self, names: Names) -> str:
        return self.arn(names)

    def touches(self, names: Names, region: str) -> list[Touch]:
        key = _AccessKeyTouches(names.account_id, self.user_name, region)
        return [*key.use(), *(key.global_use() if region == GLOBAL_REGION else ())]


class _AccessKeyTouches:
    def __init__(self, account_id: str, user_name: str, region: str) -> None:
        self._scene = Scene(account_id, region)
        self._name = user_name
        self._user = iam_user(account_id, user_name)
        self._others = {"IAM user": iam_user(account_id, "mallory"), "role": role_session(account_id, "app")}

    # Use of the key

    def use(self) -> Iterator[Touch]:
        account_id = self._scene.account_id
        yield from self._any_call("any API call", self._user, _CALLS, essential=True)
        session = user_session(account_id, self._name)
        yield from self._any_call("any API call, by a session of GetSessionToken", session, _CALLS, essential=True)
        federated = federated_session(account_id, self._name)
        yield from self._any_call("any API call, by a session of GetFederationToken", federated, _CALLS, essential=True)
        service = by_service(self._user, "cloudformation")
        yield from self._any_call("any API call that a service makes for it", service, _CALLS[:1])
        yield self._get_caller_identity()
        yield Touch(
            "GetCallerIdentity",
            "denied",
            f"{_STS}/API_GetCallerIdentity.html",
            impossible="it needs no permission, and no policy can deny it",
        )
        yield from self._tokens()
        yield from self._assume_role()
        yield from self._sign_ins(federated)
        yield from self._unseen()

    def global_use(self) -> Iterator[Touch]:
        yield from self._any_call("any call to a global service (IAM, Organizations)", self._user, _GLOBAL_CALLS)
        for way, operations in (("recon of its user", RECON), *CHANGES.items()):
            yield from self._of_user(way, operations, reads=operations is RECON)
        yield from self._recon_by_arn()
        yield from self._group_changes()
        yield from _unnamed(
            "GetAccessKeyLastUsed", "the record names only the key id, which isn't known before the key is created"
        )
        yield from _unnamed(
            "ListUsers, GetAccountAuthorizationDetails, GetCredentialReport",
            "the record names no user and omits the results",
        )

    def _any_call(
        self, way: str, caller: Caller, calls: Sequence[tuple[str, str, bool]], *, essential: bool = False
    ) -> Iterator[Touch]:
        allowed, denied = [], []
        for service, operation, reads in calls:
            label = f"{service}:{operation}"
            allowed.append(Trace(label, [self._scene.call(service, operation, caller, None, reads=reads)]))
            for message in refusals(caller, label, None):
                refused = self._scene.call(service, operation, caller, None, reads=reads, denied=message)
                denied.append(Trace(label, [refused]))
        yield Touch(way, "success", _IDENTITY, allowed, essential=essential)
        yield Touch(way, "denied", _IDENTITY, denied, essential=essential)

    def _sts(self, operation: str, caller: Caller, *, reads: bool, denied: str | None = None) -> Record:
        return self._scene.call("sts", operation, caller, None, reads=reads, denied=denied)

    def _get_caller_identity(self) -> Touch:
        trace = Trace("by its key", [self._sts("GetCallerIdentity", self._user, reads=True)])
        source = f"{_STS}/API_GetCallerIdentity.html"
        return Touch("GetCallerIdentity", "success", source, [trace], essential=True)

    def _tokens(self) -> Iterator[Touch]:
        session = f"arn:aws:sts::{self._scene.account_id}:federated-user/session"
        for operation, messages in (
            ("GetSessionToken", ["MultiFactorAuthentication failed with invalid MFA one time pass code."]),
            ("GetFederationToken", refusals(self._user, "sts:GetFederationToken", session)),
        ):
            records = [self._sts(operation, self._user, reads=False, denied=message) for message in (None, *messages)]
            allowed, *denied = [Trace("by its key", [record]) for record in records]
            source = f"{_STS}/API_{operation}.html"
            yield Touch(operation, "success", source, [allowed])
            yield Touch(operation, "denied", source, denied)

    def _assume_role(self) -> Iterator[Touch]:
        """Return touches by AssumeRole; the caller's account has all records, the role's account only successes."""
        for way, owner in (("AssumeRole", self._scene.account_id), ("AssumeRole in another account", _OTHER_ACCOUNT)):
            role = f"arn:aws:iam::{owner}:role/admin"
            parameters = {"roleArn": role, "roleSessionName": "session"}
            record = self._scene.call("sts", "AssumeRole", self._user, parameters, reads=True)
            yield Touch(way, "success", _IAM_LOGS, [Trace(role, [record])])
            refused = [
                self._scene.call("sts", "AssumeRole", self._user, parameters, reads=True, denied=message)
                for message in refusals(self._user, "sts:AssumeRole", role)
            ]
            yield Touch(way, "denied", _IAM_LOGS, [Trace(role, [each]) for each in refused])

    def _sign_ins(self, federated: Caller) -> Iterator[Touch]:
        yield Touch(
            "console sign-in by federation (GetSigninToken)",
            "success",
            _FEDERATION,
            [Trace("by a session of GetFederationToken", expected=[self._scene.sign_in("GetSigninToken", federated)])],
        )
        yield Touch(
            "console sign-in by federation (GetSigninToken)",
            "denied",
            _FEDERATION,
            impossible="no record of a denied sign-in is documented",
        )
        allowed = self._scene.sign_in("ConsoleLogin", self._user)
        failed = self._scene.sign_in("ConsoleLogin", self._user, failed="Failed authentication")
        yield Touch(
            "console sign-in by password", "success", _SIGN_IN, [Trace("with a password added to it", [allowed])]
        )
        yield Touch("console sign-in by password", "denied", _SIGN_IN, [Trace("without a password", expected=[failed])])

    def _unseen(self) -> Iterator[Touch]:
        unlogged = "calls that CloudTrail does not log (sqs:ListQueues, timestream:DescribeEndpoints and others)"
        for outcome in OUTCOMES:
            yield Touch(unlogged, outcome, _UNLOGGED, impossible="there is no record")
        data_events = "data events (s3:GetObject, dynamodb:GetItem, lambda:Invoke, sns:Publish and others)"
        for outcome in OUTCOMES:
            yield Touch(
                data_events,
                outcome,
                _DATA_EVENTS,
                unwatched="the trail logs only management events, because data events are charged per event",
            )

    # Calls by others on its user

    def _of_user(self, way: str, operations: Sequence[str], *, reads: bool) -> Iterator[Touch]:
        allowed, denied = [], []
        for operation in operations:
            for who, caller in self._others.items():
                label = f"{operation} by {who}"
                allowed.append(Trace(label, [self._iam(operation, caller, {"userName": self._name}, reads=reads)]))
                denied += self._refused(label, operation, caller, f"user {self._name}", reads=reads)
        title = f"{way}: {', '.join(operations)}"
        yield Touch(title, "success", _IAM_LOGS, allowed)
        yield Touch(title, "denied", PUBLISHED, denied)

    def _recon_by_arn(self) -> Iterator[Touch]:
        allowed, denied = [], []
        for operation, parameter in RECON_BY_ARN.items():
            for who, caller in self._others.items():
                label = f"{operation} by {who}"
                allowed.append(Trace(label, [self._iam(operation, caller, {parameter: self._user.arn}, reads=True)]))
                denied += self._refused(label, operation, caller, self._user.arn, reads=True)
        title = f"recon of its user by ARN: {', '.join(RECON_BY_ARN)}"
        yield Touch(title, "success", _IAM_LOGS, allowed)
        yield Touch(title, "denied", PUBLISHED, denied)

    def _group_changes(self) -> Iterator[Touch]:
        way = f"change of its groups: {', '.join(GROUP_CHANGES)}"
        traces = [
            Trace(
                f"{operation} by {who}",
                [self._iam(operation, caller, {"groupName": "admins", "userName": self._name}, reads=False)],
            )
            for operation in GROUP_CHANGES
            for who, caller in self._others.items()
        ]
        yield Touch(way, "success", _IAM_LOGS, traces)
        yield Touch(
            way, "denied", PUBLISHED, impossible="the record has no parameters, and its message names only the group"
        )

    def _iam(
        self, operation: str, caller: Caller, parameters: dict[str, object], *, reads: bool, denied: str | None = None
    ) -> Record:
        return self._scene.call("iam", operation, caller, parameters, reads=reads, denied=denied)

    def _refused(self, label: str, operation: str, caller: Caller, resource: str, *, reads: bool) -> list[Trace]:
        return [
            Trace(
                f"{label}, {message.partition(resource)[2].strip()}",
                [self._iam(operation, caller, {}, reads=reads, denied=message)],
            )
            for message in refusals(caller, f"iam:{operation}", resource)
        ]


def _unnamed(way: str, why: str) -> Iterator[Touch]:
    for outcome in OUTCOMES:
        yield Touch(way, outcome, _IAM_LOGS, impossible=why)
