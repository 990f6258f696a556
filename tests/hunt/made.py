"""Build test archives: records and files as documented for CloudTrail."""

import gzip
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"  # of the stack dev, whose decoys and principals these are, too
SECRET_ARN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:prod/billing/postgres-AbC1d2"

_numbers = itertools.count(1)


def user(name: str) -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "principalId": "AIDA" + name.upper().ljust(17, "X")[:17].replace("-", "X"),
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "userName": name,
    }


def role_session(role: str, session: str = "work") -> dict[str, Any]:
    role_id = "AROA" + role.upper().ljust(17, "X")[:17].replace("-", "X")
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-11-01T08:00:00Z", "mfaAuthenticated": "false"},
        },
    }


def record(
    service: str,
    name: str,
    identity: Mapping[str, Any],
    time: str = "2026-11-01T12:00:00Z",
    **others: Any,
) -> dict[str, Any]:
    """Return the record of one call; `others` replace members of the default record."""
    return {
        "eventVersion": "1.11",
        "userIdentity": dict(identity),
        "eventTime": time,
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 lang/python#3.13.7",
        "requestParameters": None,
        "responseElements": None,
        "requestID": f"9a1b2c3d-0000-4000-8000-{next(_numbers):012}",
        "eventID": f"0f0e0d0c-0000-4000-8000-{next(_numbers):012}",
        "readOnly": name.startswith(("Get", "List", "Describe", "BatchGet")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{service}.eu-west-1.amazonaws.com",
        },
        **others,
    }


def secret_read(identity: Mapping[str, Any], secret_id: str = SECRET_ARN, **others: Any) -> dict[str, Any]:
    return record("secretsmanager", "GetSecretValue", identity, requestParameters={"secretId": secret_id}, **others)


def log_file_name(day: str = "2026/11/01", number: int = 0) -> str:
    """Return a log file's name as CloudTrail writes it (docs/aws-facts.md, log-file-names)."""
    time = day.replace("/", "") + "T1205Z"
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/{day}"
    return f"{folder}/{ACCOUNT}_CloudTrail_eu-west-1_{time}_{number:016}.json.gz"


def log_file(records: Sequence[Any]) -> bytes:
    return gzip.compress(json.dumps({"Records": records}).encode(), compresslevel=6)


def archive(folder: Path, records: Sequence[Any], day: str = "2026/11/01", number: int = 0) -> Path:
    """Write a log file below a folder."""
    file = folder / log_file_name(day, number)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(log_file(records))
    return file
