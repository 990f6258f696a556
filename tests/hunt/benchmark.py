"""Measure a hunt with all shipped rules: `make hunt-benchmark`.

The time is compared with what DuckDB needs to read and count the same records. The records resemble an ordinary month:
nearly all are calls of services and pipelines, and one in a thousand is a hit.
"""

import argparse
import random
import resource
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from deadfall.hunt.database import Database
from deadfall.hunt.folder import Folder
from deadfall.hunt.rules import numbered_rules, select_rules
from deadfall.hunt.span import Span
from deadfall.stack_files import config_of

from .made import ACCOUNT, archive, record, role_session, secret_read, user

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


def _timed(action: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return the result, elapsed seconds, and CPU seconds of all cores."""
    began, used = time.perf_counter(), _used()
    result = action()
    return result, time.perf_counter() - began, _used() - used


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _counted(files: list[Path]) -> int:
    """Count the records with the fastest straightforward DuckDB query."""
    listed = ", ".join(f"'{file}'" for file in files)
    sql = (
        "SELECT count(*) FROM (SELECT unnest(json_extract(json, '$.Records[*]')) "  # noqa: S608
        f"FROM read_json_objects([{listed}], format = 'unstructured', maximum_object_size = 268435456))"
    )
    return duckdb.connect().execute(sql).fetchall()[0][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rules = numbered_rules(select_rules([], config_of("dev")))
    with tempfile.TemporaryDirectory(prefix="deadfall-hunt-benchmark-") as place:
        folder = Path(place, "archive")
        _generate(folder, arguments.records, random.Random(5))  # noqa: S311
        files = Folder([folder]).files(Span())
        paths = [Path(file.name) for file in files]
        print(
            f"{arguments.records:,} records in {len(files):,} files, {sum(f.size for f in files) / 1e6:,.0f} MB gzipped"
        )
        ratios: list[tuple[float, float]] = []
        for _ in range(arguments.rounds):
            count, clock, cores = _timed(lambda: _counted(paths))
            (hits, searched), hunt_clock, hunt_cores = _timed(lambda: _hunted(rules, folder, Path(place, "spill")))
            assert searched == count == arguments.records
            ratios.append((hunt_clock / clock, hunt_cores / cores))
            print(
                f"count {clock:.2f} s ({cores:.2f} of all cores), hunt with {len(rules)} rules {hunt_clock:.2f} s "
                f"({hunt_cores:.2f}), {hits} hits, {count / hunt_clock:,.0f} records/s, "
                f"ratio {ratios[-1][0]:.2f} ({ratios[-1][1]:.2f})"
            )
        by_clock, by_cores = (sorted(ratio)[len(ratios) // 2] for ratio in zip(*ratios, strict=True))
        print(f"median ratio {by_clock:.2f} by the clock, {by_cores:.2f} of all cores; the target is 2 at most")


def _hunted(rules: list[Any], folder: Path, spill: Path) -> tuple[int, int]:
    """Hunt as the command does, and return the numbers of hits and records."""
    source = Folder([folder])
    with Database(rules, Span(), spill) as database:
        searched = sum(database.search(list(batch.files)).records for batch in source.batches(source.files(Span())))
        return _length(database.found()), searched


def _length(items: Iterator[Any]) -> int:
    return sum(1 for _ in items)


if __name__ == "__main__":
    main()
