"""AWS's event sources, event names and request parameters, from the API models in botocore.

Reading all models takes about half a second, so nothing is read before the first use, and only once per process.
"""

import functools
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DOMAIN = ".amazonaws.com"
# Event sources other than the model's endpoint and signing name (docs/aws-facts.md, event-source-names).
_RENAMED_SOURCES = {"rds-data": "rdsdata", "application-autoscaling": "autoscaling"}
# Event sources without a model: published records and rules, and IAM Identity Center's guide, "CloudTrail use cases".
_OTHER_SOURCES = (
    *("billingconsole", "cloudshell", "codewhisperer", "discovery-marketplace", "ec2messages"),
    *("identitystore-scim", "metering-marketplace", "q", "ssmmessages", "sso-directory", "sso-oauth"),
)
# CloudTrail user guide, "AWS Management Console sign-in events", and published records.
SIGN_IN_EVENTS = (
    *("ConsoleLogin", "CheckMfa", "SwitchRole", "ExitRole", "RenewRole", "GetSigninToken", "PasswordUpdated"),
    *("PasswordRecoveryRequested", "PasswordRecoveryCompleted", "EmailUpdated", "UserAuthentication"),
    *("CredentialChallenge", "CredentialVerification", "Authenticate", "Federate", "Logout"),
)
# Their event names also include calls of AWS's consoles and agents, which no model has.
_INCOMPLETE = frozenset({f"{name}{_DOMAIN}" for name in (*_OTHER_SOURCES, "signin", "sso")})
# The layout of most models (`_head`).
_METADATA = re.compile(r'\s*\{\s*("version"\s*:\s*"[^"]*"\s*,\s*)?"metadata"\s*:\s*')
_OPERATIONS = re.compile(r'\s*,\s*"operations"\s*:\s*')
_DECODER = json.JSONDecoder()
# The date of the API version, which Lambda and CloudFront append (docs/aws-facts.md, lambda-record-names).
_VERSION = re.compile(r"_?20\d\d_?\d\d_?\d\d(v\d+)?$")
VERSIONED_SOURCES = (f"cloudfront{_DOMAIN}", f"lambda{_DOMAIN}")
VERSIONS = ("20150331", "20150331v2", "20170331", "20170331v2", "20171031", "20181031", "2020_05_31")
"""Endings that records and models have; a pattern may contain part of one."""
# Published records and AWS's guides have these, although no model does.
_OTHER_NAMES = {
    "bedrock": ("PutFoundationModelEntitlement",),
    "ec2": ("SharedSnapshotCopyInitiated", "SharedSnapshotVolumeCreated", "BidEvictedEvent"),
    "kms": ("RotateKey", "DeleteKey", "DeleteExpiredKeyMaterial", "SynchronizeMultiRegionKey"),
    "organizations": ("CreateAccountResult", "AcceptHandshakeResult"),
    "s3": (
        *("DeleteAccountPublicAccessBlock", "GetAccountPublicAccessBlock", "PutAccountPublicAccessBlock", "PostObject"),
        *("JobCreated", "JobStatusChanged"),
    ),
    "secretsmanager": (
        *("RotationStarted", "RotationSucceeded", "RotationFailed", "RotationAbandoned", "StartSecretVersionDelete"),
        *("CancelSecretVersionDelete", "EndSecretVersionDelete"),
    ),
    "ssm": (
        "RegisterManagedInstance",
        "UpdateInstanceInformation",
        "OpenDataChannel",
        "RequestManagedInstanceRoleToken",
    ),
}
# Operations that shipped rules name and only a newer botocore has (docs/aws-facts.md, calls-of-2026).
NEWER_OPERATIONS = {"iam": ("UpdateOpenIDConnectProvider",), "sts": ("GetScopedCredentials",)}
# What CloudTrail calls S3's operations (docs/aws-facts.md, s3-record-names).
S3_NAMES = {
    "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListObjectsV2": "ListObjects",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
# IAM's names of S3's actions, which are often taken for event names (S3's guide, "Policy actions for Amazon S3").
S3_ACTIONS = {
    f"{verb}{action}": f"{verb}{name}"
    for verb in ("Get", "Put")
    for action, name in (
        ("EncryptionConfiguration", "BucketEncryption"),
        ("LifecycleConfiguration", "BucketLifecycle"),
        ("ReplicationConfiguration", "BucketReplication"),
    )
}
# Operations that published records only have with a version (docs/aws-facts.md, lambda-record-names).
LAMBDA_NAMES = {
    "AddPermission": "AddPermission20150331v2",
    "CreateEventSourceMapping": "CreateEventSourceMapping20150331",
    "CreateFunction": "CreateFunction20150331",
    "GetFunctionConfiguration": "GetFunctionConfiguration20150331v2",
    "ListFunctions": "ListFunctions20150331",
    "UpdateEventSourceMapping": "UpdateEventSourceMapping20150331",
    "UpdateFunctionCode": "UpdateFunctionCode20150331v2",
    "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
}


@dataclass(frozen=True)
class _Model:
    """The parts of a service's API model that CloudTrail's records depend on."""

    name: str
    version: str
    protocol: str
    sources: tuple[str, ...]
    operations: frozenset[str]


def models_version() -> str:
    """Return the name and version of the package that the models are from."""
    import botocore

    return f"botocore {botocore.__version__}"


@functools.cache
def operation_names() -> frozenset[str]:
    """Return the names of all services' operations, as in the API and in botocore."""
    return frozenset(name for model in _models() for name in model.operations)


@functools.cache
def event_names() -> Mapping[str, frozenset[str]]:
    """Return the known event names of each event source."""
    names: dict[str, set[str]] = defaultdict(set)
    for model in _models():
        for source in model.sources:
            names[source] |= model.operations
    for source in _OTHER_SOURCES:
        names[source + _DOMAIN] |= set()
    for service, others in (
        *_OTHER_NAMES.items(),
        *NEWER_OPERATIONS.items(),
        ("s3", S3_NAMES.values()),
        ("lambda", LAMBDA_NAMES.values()),
    ):
        names[service + _DOMAIN].update(others)
    names[f"s3{_DOMAIN}"].add("GetBucketObjectLockConfiguration")
    names[f"signin{_DOMAIN}"].update(SIGN_IN_EVENTS)
    return {source: frozenset(each) for source, each in names.items()}


@functools.cache
def sources_by_event_name() -> Mapping[str, Mapping[str, str]]:
    """Return the event sources of each known event name in lower case, each with its spelling of the name."""
    sources: dict[str, dict[str, str]] = defaultdict(dict)
    for source, names in event_names().items():
        for name in names:
            sources[name.lower()][source] = name
    return sources


def has_unmodelled_events(source: str) -> bool:
    """Return whether the source is known for events that no API model has."""
    return source in _INCOMPLETE


def without_version(event_name: str) -> str:
    return _VERSION.sub("", event_name)


@functools.cache
def parameters(source: str, event_name: str) -> frozenset[str] | None:
    """Return the first-level keys of an operation's requestParameters; None if CloudTrail may write others.

    These are the members of the input with a lower-case first letter. Services with other protocols than json and query
    have other keys (docs/aws-facts.md, record-parameter-names), so the answer for these is None.
    """
    found = [model for model in _models() if source in model.sources and event_name in model.operations]
    keys: set[str] = set()
    for model in found:
        if model.protocol not in ("json", "query"):
            return None
        service = _content(model.name, model.version)
        shape = service["operations"].get(event_name, {}).get("input", {}).get("shape")
        members = service["shapes"][shape].get("members", {}) if shape else {}
        keys |= {name[0].lower() + name[1:] for name in members}
    return frozenset(keys) if found else None


@functools.cache
def _models() -> tuple[_Model, ...]:
    return tuple(_model(folder) for folder in sorted(Path(_folder()).glob("*/*")) if _file(folder))


def _model(folder: Path) -> _Model:
    metadata, operations = _head(_text(folder))
    prefixes = {metadata["endpointPrefix"], metadata.get("signingName")} - {None}
    # A few prefixes are host names, such as data.iot or api.ecr, of which the last label is the service.
    prefixes |= {prefix.rpartition(".")[2] for prefix in prefixes}
    prefixes |= {_RENAMED_SOURCES[prefix] for prefix in prefixes if prefix in _RENAMED_SOURCES}
    names = {name for key, each in operations.items() for name in (key, each["name"])}
    return _Model(
        name=folder.parent.name,
        version=folder.name,
        protocol=metadata.get("protocol", ""),
        sources=tuple(sorted(f"{prefix}{_DOMAIN}" for prefix in prefixes)),
        operations=frozenset(names),
    )


@functools.lru_cache(maxsize=16)
def _content(name: str, version: str) -> dict[str, Any]:
    return json.loads(_text(Path(_folder(), name, version)))


def _file(folder: Path) -> Path | None:
    return next((file for file in (folder / "service-2.json.gz", folder / "service-2.json") if file.is_file()), None)


def _head(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a model's metadata and operations; its shapes, which are most of the text, are not parsed if they follow.

    Parsing all models completely takes a second.
    """
    if (start := _METADATA.match(text)) is None:
        service = json.loads(text)
        return service["metadata"], service["operations"]
    metadata, end = _DECODER.raw_decode(text, start.end())
    if (start := _OPERATIONS.match(text, end)) is None:
        return metadata, json.loads(text)["operations"]
    return metadata, _DECODER.raw_decode(text, start.end())[0]


def _text(folder: Path) -> str:
    file = _file(folder)
    if file is None:
        raise FileNotFoundError(folder)
    content = file.read_bytes()
    return (gzip.decompress(content) if file.suffix == ".gz" else content).decode()


def _folder() -> str:
    from botocore.loaders import Loader  # takes 0.2 s to import

    return Loader.BUILTIN_DATA_PATH
