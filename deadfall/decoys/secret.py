"""A decoy Secrets Manager secret, and the ways to touch it.

Sources on CloudTrail's records: docs/aws-facts.md (denied-secret-as-typed, secret-id-spellings, secret-read-record,
batch-read-record, kms-decrypt-behind-secret-read) and Secrets Manager user guide, "AWS CloudTrail entries for Secrets
Manager".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from deadfall.decoy import Decoy, RegionalDecoy
from deadfall.field_types import Model, Neutral, check_neutral, quoted, text_in_form
from deadfall.names import Names
from deadfall.touches.records import (
    Caller,
    Record,
    Scene,
    by_service,
    foreign_account,
    iam_user,
    refusals,
    role_session,
)
from deadfall.touches.touch import PUBLISHED, Touch, Trace

# Secrets Manager appends a hyphen and six characters to the name of a new secret.
_UNKNOWN_SUFFIX = "-" + "[A-Za-z0-9]" * 6

_GUIDE = "https://docs.aws.amazon.com/secretsmanager/latest/userguide"
_API = "https://docs.aws.amazon.com/secretsmanager/latest/apireference"
_LOG_ENTRIES = f"{_GUIDE}/cloudtrail_log_entries.html"
_BATCH = f"{_API}/API_BatchGetSecretValue.html"
_REFERENCE = "https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html"

RECON = ("DescribeSecret", "GetResourcePolicy", "ListSecretVersionIds", "ValidateResourcePolicy")
CHANGES = {
    "change of value": ("PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"),
    "deletion": ("DeleteSecret", "RestoreSecret"),
    "change of policy": ("PutResourcePolicy", "DeleteResourcePolicy"),
    "replication": ("ReplicateSecretToRegions", "RemoveRegionsFromReplication", "StopReplicationToReplica"),
    "change of rotation": ("RotateSecret", "CancelRotateSecret"),
    "change of tags": ("TagResource", "UntagResource"),
}
_UNWATCHED = {"change of tags": "tags expose nothing, and tools tag every resource"}
_OTHER_ACCOUNT = "999988887777"


class Database(Model):
    """The database credentials in a decoy secret. The password is derived from `decoySeed`."""

    engine: Literal["postgres", "mysql"] = "postgres"
    username: Neutral = "app_rw"
    dbname: Neutral = "app"


def _check_ending(value: str) -> str:
    # Secrets Manager may mistake -xxxxxx for the random suffix of a full ARN (API reference, CreateSecret, Name).
    if re.search(r"-[A-Za-z0-9]{6}$", value):
        raise ValueError(
            f"{quoted(value)} ends in a hyphen and six characters, which Secrets Manager can mistake for an ARN's "
            "suffix; choose another ending"
        )
    return value


class SecretDecoy(RegionalDecoy):
    """A Secrets Manager secret that nothing legitimate reads.

    Secrets Manager accepts its name, its ARN without the six random characters at the end ("partial ARN") and its full
    ARN, and CloudTrail records what the caller typed. Systems Manager returns it as the parameter
    `/aws/reference/secretsmanager/NAME`, and names that parameter when it denies the call.
    """

    title = "A decoy secret"
    most = 30  # EventBridge accepts 30 rules with wildcards per event bus, and each secret has one (docs/aws-facts.md)
    needs_kms_events = True
    compulsory_detections = ("decoy_secret_read", "decoy_secret_batch_read", "decoy_secret_decrypt")
    names_placeholder, arns_placeholder = "secret_names", "secret_arns"
    example = {"name": "prod/example"}  # noqa: RUF012  a ClassVar of the base

    kind: Literal["secret"]
    name: Annotated[
        str,
        # Longer names do not fit into a metric filter.
        text_in_form(
            r"[A-Za-z0-9/_+=.@-]{1,72}", "a secret's name of up to 72 characters: A-Z, a-z, 0-9 and / _ + = . @ -"
        ),
        AfterValidator(check_neutral),
        AfterValidator(_check_ending),
    ]
    description: Annotated[str, Field(max_length=2048), AfterValidator(check_neutral)] = ""
    database: Database = Database()

    @property
    def decoy_name(self) -> str:
        return self.name

    def is_matched_with(self, other: Decoy, names: Names) -> bool:
        # Denials name the ARN with unknown characters behind it, so rules match its beginning.
        return (
            isinstance(other, SecretDecoy)
            and self.name != other.name
            and self.name.startswith(other.name)
            and self.planted_in(names) == other.planted_in(names)
        )

    @classmethod
    def of_resource(cls, resource_type: str, inputs: Mapping[str, Any]) -> "SecretDecoy | None":
        if resource_type != "aws:secretsmanager/secret:Secret":
            return None
        return cls.model_construct(kind="secret", name=str(inputs["name"]), region=inputs.get("region"))

    def arn(self, names: Names) -> str:
        return names.arn("secretsmanager", f"secret:{self.name}", self.region)

    def identifiers(self, names: Names, arn: str | None = None) -> tuple[str, ...]:
        reference = names.arn("ssm", f"parameter/aws/reference/secretsmanager/{self.name}", self.region)
        return (self.name, self.arn(names), arn or self.arn(names) + _UNKNOWN_SUFFIX, reference)

    def touches(self, names: Names, region: str) -> list[Touch]:
        return list(_SecretTouches(names.account_id, self.name, self.arn(names), region).touches())


class _SecretTouches:
    def __init__(self, account_id: str, name: str, partial_arn: str, region: str) -> None:
        self._scene = Scene(account_id, region)
        self._callers = {"IAM user": iam_user(account_id, "mallory"), "role": role_session(account_id, "app")}
        self._arn = f"{partial_arn}-a1B2c3"
        self._name = name
        self._spellings = {"name": name, "partial ARN": partial_arn, "full ARN": self._arn}

    def touches(self) -> Iterator[Touch]:
        for spelling, written in self._spellings.items():
            yield from self._calls(
                f"GetSecretValue by {spelling}", ["GetSecretValue"], [written], PUBLISHED, essential=True
            )
        yield from self._decrypt()
        yield from self._batches()
        yield from self._references()
        for operation in RECON:
            yield from self._calls(operation, [operation], list(self._spellings.values()), _LOG_ENTRIES)
        yield from _unnamed("ListSecrets", "the record names no secret and omits the results", PUBLISHED)
        for way, operations in CHANGES.items():
            title = f"{way}: {', '.join(operations)}"
            yield from self._calls(
                title,
                operations,
                list(self._spellings.values()),
                _LOG_ENTRIES,
                reads=False,
                unwatched=_UNWATCHED.get(way, ""),
            )
        yield from self._cross_account()

    def _calls(
        self,
        way: str,
        operations: Sequence[str],
        written: Sequence[str],
        source: str,
        *,
        reads: bool = True,
        unwatched: str = "",
        essential: bool = False,
    ) -> Iterator[Touch]:
        allowed, denied = [], []
        for operation in operations:
            for secret_id in written:
                for who, caller in self._callers.items():
                    label = f"{operation} of {secret_id} by {who}"
                    record = self._call(operation, caller, {"secretId": secret_id}, reads=reads)
                    allowed.append(Trace(label, [record]))
                    denied += [
                        Trace(f"{label}, {message.partition(secret_id)[2].strip()}", [record])
                        for message, record in self._denied(operation, caller, secret_id, reads=reads)
                    ]
        yield Touch(way, "success", source, allowed, unwatched=unwatched, essential=essential)
        yield Touch(way, "denied", source, denied, essential=essential)

    def _call(
        self, operation: str, caller: Caller, parameters: Mapping[str, object], *, reads: bool = True, denied: str = ""
    ) -> Record:
        return self._scene.call("secretsmanager", operation, caller, parameters, reads=reads, denied=denied or None)

    def _denied(
        self, operation: str, caller: Caller, secret_id: str, *, reads: bool = True
    ) -> Iterator[tuple[str, Record]]:
        for message in refusals(caller, f"secretsmanager:{operation}", secret_id):
            yield message, self._call(operation, caller, {"secretId": secret_id}, reads=reads, denied=message)

    def _kms_decrypt(self, caller: Caller) -> Record:
        context = {"SecretARN": self._arn, "SecretVersionId": "00000000-0000-0000-0000-000000000000"}
        key = f"arn:aws:kms:{self._scene.region}:{self._scene.account_id}:key/00000000-0000-0000-0000-000000000000"
        return self._scene.call(
            "kms",
            "Decrypt",
            by_service(caller, "secretsmanager"),
            {"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
            reads=True,
            more={"resources": [{"accountId": self._scene.account_id, "type": "AWS::KMS::Key", "ARN": key}]},
        )

    def _decrypt(self) -> Iterator[Touch]:
        way, source = "KMS Decrypt behind a read", f"{_GUIDE}/security-encryption.html"
        yield Touch(
            way,
            "success",
            source,
            [Trace(f"by {who}", [self._kms_decrypt(caller)]) for who, caller in self._callers.items()],
            essential=True,
        )
        yield Touch(
            way,
            "denied",
            PUBLISHED,
            impossible="the record has no parameters and its message names the key, not the secret; the record of the "
            "failed GetSecretValue is not documented",
        )

    def _batches(self) -> Iterator[Touch]:
        """Return touches by BatchGetSecretValue; its GetSecretValue records, one per secret, aren't verified on AWS."""
        yield from self._batch(
            "BatchGetSecretValue by list",
            [{"secretIdList": [written, "another"]} for written in self._spellings.values()],
            essential=True,
        )
        by_tag = {"filters": [{"key": "tag-key", "values": ["Team"]}]}
        yield from self._batch("BatchGetSecretValue by filter", [by_tag])
        yield Touch(
            "BatchGetSecretValue, not permitted itself",
            "denied",
            PUBLISHED,
            impossible="AWS checks this permission without a resource, so the record names no secret",
        )

    def _batch(self, way: str, requests: Sequence[Mapping[str, object]], *, essential: bool = False) -> Iterator[Touch]:
        allowed, denied = [], []
        for parameters in requests:
            for who, caller in self._callers.items():
                label = f"{parameters} by {who}"
                batch = self._call("BatchGetSecretValue", caller, parameters)
                single = self._call("GetSecretValue", caller, {"secretId": self._arn})
                allowed.append(Trace(label, [batch, self._kms_decrypt(caller)], [single]))
                refused = [record for _, record in self._denied("GetSecretValue", caller, self._arn)]
                denied += [Trace(label, [batch], [each]) for each in refused]
        yield Touch(way, "success", _BATCH, allowed, essential=essential)
        yield Touch(way, "denied", _BATCH, denied, essential=essential)

    def _references(self) -> Iterator[Touch]:
        """Return touches by reading the secret as a Systems Manager parameter."""
        path = f"/aws/reference/secretsmanager/{self._name}"
        arn = f"arn:aws:ssm:{self._scene.region}:{self._scene.account_id}:parameter{path}"
        for operation, named in (("GetParameter", {"name": path}), ("GetParameters", {"names": [path]})):
            allowed, denied = [], []
            for who, caller in self._callers.items():
                parameters = {**named, "withDecryption": True}
                record = self._scene.call(
                    "ssm", operation, caller, parameters, reads=True, more={"resources": [{"ARN": arn}]}
                )
                allowed.append(Trace(f"by {who}", [record, self._kms_decrypt(caller)]))
                denied += [
                    Trace(
                        f"by {who}, {message.partition(arn)[2].strip()}",
                        expected=[self._scene.call("ssm", operation, caller, parameters, reads=True, denied=message)],
                    )
                    for message in refusals(caller, f"ssm:{operation}", arn)
                ]
            way = f"ssm {operation} of /aws/reference/secretsmanager/NAME"
            yield Touch(way, "success", _REFERENCE, allowed)
            yield Touch(way, "denied", _REFERENCE, denied)

    def _cross_account(self) -> Iterator[Touch]:
        """Return touches from another account, which need a resource policy and a customer managed key."""
        way, source = "GetSecretValue from another account", f"{_GUIDE}/auth-and-access_examples_cross.html"
        caller = foreign_account(_OTHER_ACCOUNT)
        read = self._call("GetSecretValue", caller, {"secretId": self._arn})
        yield Touch(way, "success", source, [Trace("by full ARN", expected=[read])])
        yield Touch(
            way,
            "denied",
            source,
            impossible="AWS does not document a record in the owner's account, and states that denied STS calls leave "
            "none there",
        )


def _unnamed(way: str, why: str, source: str) -> Iterator[Touch]:
    yield Touch(way, "success", source, impossible=why)
    yield Touch(way, "denied", source, impossible=why)
