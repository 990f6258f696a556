"""Measure a hunt with all shipped rules: `make hunt-benchmark`, beside another checkout with `BASE=<its directory>`.

Time and memory are compared with what DuckDB needs to read and count the same records. The records resemble an ordinary
month: nearly all are calls of services and pipelines, and one in a thousand is a hit. Each measurement is a process of
its own, and rounds alternate between the checkouts. Both run with this checkout's Python packages.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .made import ACCOUNT, archive, record, role_session, secret_read, user

_MEASURE = Path(__file__).with_name("measure.py")
_PER_FILE = 2_000
_START = datetime(2026, 11, 1, tzinfo=UTC)


def _common(source: random.Random) -> dict[str, Any]:
    role = f"workload-{source.randrange(40)}"
    session = f"i-{source.getrandbits(68):017x}"
    caller = role_session(role, session)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{uuid.UUID(int=source.getrandbits(128))}"
    match source.randrange(8):
        case 0:
            token = "".join(source.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=360))
            return record(
                "sts",
                "AssumeRole",
                {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
                sourceIPAddress="ec2.amazonaws.com",
                userAgent="ec2.amazonaws.com",
                requestParameters={"roleArn": arn, "roleSessionName": session},
                responseElements={
                    "credentials": {
                        "accessKeyId": f"ASIA{source.getrandbits(64):016X}",
                        "sessionToken": token,
                        "expiration": "Nov 1, 2026, 6:00:00 PM",
                    }
                },
                resources=[{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": arn}],
            )
        case 1:
            return record(
                "kms",
                "Decrypt",
                caller,
                requestParameters={
                    "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::data-{source.randrange(99)}"},
                    "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
                },
                resources=[{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": key}],
            )
        case 2:
            filters = [{"name": "tag:Name", "valueSet": {"items": [{"value": f"web-{source.randrange(500)}"}]}}]
            return record(
                "ec2",
                "DescribeInstances",
                caller,
                requestParameters={"filterSet": {"items": filters}, "maxResults": 50},
            )
        case 3:
            name = f"prod/app-{source.randrange(60)}/config"
            return secret_read(caller, f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{name}-Zx9y8W")
        case 4:
            stream = f"{_START:%Y/%m/%d}/[$LATEST]{source.getrandbits(128):032x}"
            group = f"/aws/lambda/{role}"
            return record(
                "logs", "CreateLogStream", caller, requestParameters={"logGroupName": group, "logStreamName": stream}
            )
        case 5:
            return record(
                "s3",
                "GetBucketAcl",
                caller,
                requestParameters={"bucketName": f"data-{source.randrange(99)}", "Host": "s3.eu-west-1.amazonaws.com"},
                additionalEventData={
                    "SignatureVersion": "SigV4",
                    "bytesTransferredOut": 542,
                    "x-amz-id-2": session * 3,
                },
            )
        case 6:
            names = [f"/app/{source.randrange(200)}/{key}" for key in ("url", "user", "flags")]
            return record("ssm", "GetParameters", caller, requestParameters={"names": names, "withDecryption": True})
        case _:
            return record("autoscaling", "DescribeAutoScalingGroups", caller, requestParameters={"maxRecords": 100})


def _suspicious(source: random.Random) -> dict[str, Any]:
    caller = user(f"person-{source.randrange(5)}")
    if source.random() < 0.5:
        return secret_read(caller)
    return record("cloudtrail", "StopLogging", caller, requestParameters={"name": "account-audit-trail"})


def _generate(folder: Path, records: int, source: random.Random) -> None:
    for number in range(records // _PER_FILE):
        time = _START + timedelta(minutes=number * 5)
        made = [(_suspicious if source.random() < 0.001 else _common)(source) for _ in range(_PER_FILE)]
        for each in made:
            each["eventTime"] = (time + timedelta(seconds=source.randrange(300))).strftime("%Y-%m-%dT%H:%M:%SZ")
            each["eventID"] = str(uuid.UUID(int=source.getrandbits(128)))
        archive(folder, made, f"{time:%Y/%m/%d}", number)


@dataclass(frozen=True)
class _Measured:
    seconds: float
    cores: float
    megabytes: float
    hits: int
    records: int
    rules: int


def _measure(what: str, folder: Path, checkout: Path) -> _Measured:
    environment = {**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'policies'}"}
    command = [sys.executable, str(_MEASURE), what, str(folder)]
    run = subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True)
    return _Measured(**json.loads(run.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=[400_000, 1_600_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--base", type=Path, help="another checkout to measure too")
    arguments = parser.parse_args()
    here = Path(__file__).parents[2]
    checkouts = {"this checkout": here} | ({"base": arguments.base.absolute()} if arguments.base else {})
    for records in arguments.records:
        with tempfile.TemporaryDirectory(prefix="deadfall-hunt-benchmark-") as place:
            _generate(Path(place), records, random.Random(5))  # noqa: S311
            print(f"{records:,} records")
            _compare(Path(place), records, checkouts, arguments.rounds)


def _compare(folder: Path, records: int, checkouts: Mapping[str, Path], rounds: int) -> None:
    """Print the measurements of each round, and the median ratios."""
    ratios: dict[str, list[tuple[float, float, float]]] = {name: [] for name in checkouts}
    for _ in range(rounds):
        for name, checkout in checkouts.items():
            counted, hunted = (_measure(what, folder, checkout) for what in ("count", "hunt"))
            assert counted.records == hunted.records == records
            by_clock, by_cores = hunted.seconds / counted.seconds, hunted.cores / counted.cores
            ratios[name].append((by_clock, by_cores, hunted.megabytes))
            print(
                f"  {name}: count {counted.seconds:.2f} s ({counted.cores:.2f} of all cores, "
                f"{counted.megabytes:,.0f} MB), hunt with {hunted.rules} rules {hunted.seconds:.2f} s "
                f"({hunted.cores:.2f}, {hunted.megabytes:,.0f} MB), {hunted.hits:,} hits, "
                f"ratio {by_clock:.2f} ({by_cores:.2f})"
            )
    for name, measured in ratios.items():
        by_clock, by_cores, megabytes = (sorted(each)[rounds // 2] for each in zip(*measured, strict=True))
        print(
            f"  {name}: median ratio {by_clock:.2f} by the clock, {by_cores:.2f} of all cores, peak memory "
            f"{megabytes:,.0f} MB; the target is 1.4 at most"
        )


if __name__ == "__main__":
    main()
