"""Measure the matchers in CPU time of one core: `python -m tests.rules.benchmark` (`make benchmark`).

With `BASE=<checkout>` it measures that checkout's matchers beside these, with the same patterns and events, in turns so
that other load on the machine affects both alike.

The events model a mid-size account: 50 people, 200 service roles, and 8 million management events a month (3 a second),
nearly all of them reads by services. The order of magnitude is an estimate, not measured in an account. The benchmark
matches an even sample of that month and extrapolates.
"""

import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from deadfall.patterns.delivered_event import event_of
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.event_pattern_index import EventPatternIndex
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.patterns.filter_pattern_index import FilterPatternIndex
from deadfall.rules import catalog
from deadfall.stack_files import config_of
from tests.conftest import ROOT

MONTH = 8_000_000
SAMPLE = 4_000
SECONDS = 30 * 24 * 3600

# Calls per thousand events, by service.
CALLS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (260, "sts", ("AssumeRole", "AssumeRole", "AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity")),
    (230, "kms", ("Decrypt", "Decrypt", "Decrypt", "GenerateDataKey", "DescribeKey")),
    (
        180,
        "ec2",
        ("DescribeInstances", "DescribeInstances", "DescribeVolumes", "RunInstances"),
    ),
    (80, "ssm", ("UpdateInstanceInformation", "GetParameter", "GetParameters")),
    (60, "logs", ("CreateLogStream", "DescribeLogStreams", "DescribeLogGroups")),
    (50, "s3", ("GetBucketAcl", "ListBuckets", "GetBucketPolicy", "GetBucketEncryption")),
    (40, "secretsmanager", ("GetSecretValue", "GetSecretValue", "DescribeSecret", "ListSecrets")),
    (30, "monitoring", ("DescribeAlarms", "PutMetricAlarm")),
    (30, "iam", ("GetRole", "ListRoles", "GetUser", "ListAttachedRolePolicies", "PutRolePolicy")),
    (20, "lambda", ("GetFunction20150331v2", "ListFunctions20150331", "UpdateFunctionCode20150331v2")),
    (10, "config", ("PutEvaluations", "DescribeConfigRules")),
    (5, "signin", ("ConsoleLogin",)),
    (5, "cloudtrail", ("LookupEvents", "DescribeTrails")),
)
DENIED = 0.02
BY_SERVICES = 0.9
COUNTS = (1, 5, 10, 20)
TIMES = (2, 4)
TURNS = 3


def month(events: int, chance: random.Random) -> list[dict[str, Any]]:
    """Return this many records, evenly drawn from a month."""
    weights = [weight for weight, _, _ in CALLS]
    return [_record(number, events, chance, *chance.choices(CALLS, weights)[0][1:]) for number in range(events)]


def _record(number: int, of: int, chance: random.Random, service: str, names: tuple[str, ...]) -> dict[str, Any]:
    name = chance.choice(names)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_793_491_200 + number * SECONDS // of))
    sign_in = service == "signin"
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": _user(chance) if sign_in or chance.random() > BY_SERVICES else _role(chance),
        "eventTime": at,
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1" if service == "iam" else chance.choice(("eu-west-1", "us-east-1")),
        "sourceIPAddress": f"203.0.113.{chance.randrange(256)}",
        "userAgent": chance.choice(("Boto3/1.43.1 md/Botocore#1.43.1", "aws-cli/2.31.0", "APN/1.0 HashiCorp/1.0")),
        "requestParameters": None if sign_in else {"name": f"thing-{chance.randrange(500)}", "maxResults": 100},
        "responseElements": {"ConsoleLogin": "Success"} if sign_in else None,
        "requestID": f"{chance.getrandbits(128):032x}",
        "eventID": f"{chance.getrandbits(128):032x}",
        "readOnly": name.startswith(("Get", "List", "Describe", "Lookup", "Decrypt")),
        "eventType": "AwsConsoleSignIn" if sign_in else "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }
    if chance.random() < DENIED:
        record |= {"errorCode": "AccessDenied", "errorMessage": f"not authorized to perform: {service}:{name}"}
    return record


def _user(chance: random.Random) -> dict[str, Any]:
    name = f"person-{chance.randrange(50)}"
    arn = f"arn:aws:iam::111122223333:user/{name}"
    return {"type": "IAMUser", "arn": arn, "accountId": "111122223333", "userName": name}


def _role(chance: random.Random) -> dict[str, Any]:
    name = f"service-{chance.randrange(200)}"
    issuer = {"type": "Role", "arn": f"arn:aws:iam::111122223333:role/{name}", "userName": name}
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::111122223333:assumed-role/{name}/session",
        "accountId": "111122223333",
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}},
    }


def per_second(match: Callable[[Any], object], events: Sequence[Any]) -> float:
    started = time.process_time()
    for event in events:
        match(event)
    return len(events) / (time.process_time() - started)


# Runs in either checkout, with its own matchers: older ones are in deadfall.rules, and have no index.
_MEASURE = """
import importlib.util, json, sys, time
package = "deadfall.patterns" if importlib.util.find_spec("deadfall.patterns") else "deadfall.rules"
EventPattern = importlib.import_module(f"{package}.event_pattern").EventPattern
FilterPattern = importlib.import_module(f"{package}.filter_pattern").FilterPattern
try:
    from deadfall.patterns.event_pattern_index import EventPatternIndex
    from deadfall.patterns.filter_pattern_index import FilterPatternIndex
except ImportError:
    class EventPatternIndex:
        def __init__(self, patterns):
            self.patterns = list(patterns)
        def matching(self, event):
            return [number for number, each in enumerate(self.patterns) if each.matches(event)]
    FilterPatternIndex = EventPatternIndex
given = json.load(sys.stdin)
for index, subjects in (
    (EventPatternIndex(map(EventPattern, given["event_patterns"])), given["events"]),
    (FilterPatternIndex(map(FilterPattern, given["filters"])), given["records"]),
):
    started = time.process_time()
    found = [index.matching(each) for each in subjects]
    print(json.dumps([len(subjects) / (time.process_time() - started), found]))
"""


def measure(checkout: Path, given: Mapping[str, Any]) -> list[tuple[float, list[list[int]]]]:
    """Return events per second, and the positions that each event matches, for event patterns and for filters."""
    run = subprocess.run(
        [sys.executable, "-c", _MEASURE],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"},
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [tuple(json.loads(line)) for line in run.stdout.splitlines()]


def compare(base: Path, given: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each kind of pattern. Raises SystemExit if the checkouts match differently."""
    turns = [(measure(base, given), measure(ROOT, given)) for _ in range(TURNS)]
    yield f"{'':<16}{'base, events/s':>16}{'here, events/s':>16}{'ratio':>8}"
    for kind, name in enumerate(("EventBridge", "metric filters")):
        theirs, ours = ([turn[side][kind] for turn in turns] for side in (0, 1))
        if any(each[1] != ours[0][1] for each in (*theirs, *ours)):
            sys.exit(f"{name}: {base} and {ROOT} match different events.")
        there, here = (max(speed for speed, _ in each) for each in (theirs, ours))
        yield f"{name:<16}{there:>16,.0f}{here:>16,.0f}{here / there:>8.1f}"


def main() -> None:
    records = month(SAMPLE, random.Random(1))  # noqa: S311
    started = time.process_time()
    detections = [each for each in catalog.detections(config_of("dev")) if each.rule.service == "cloudtrail"]
    event_patterns = [[EventPattern(pattern) for pattern in each.compiled.event_patterns] for each in detections]
    filters = [[FilterPattern(text) for text in catalog.filters(each)] for each in detections]
    compiling = time.process_time() - started
    size = sum(len(json.dumps(record)) for record in records) // len(records)
    print(
        f"A month of a mid-size account, made up: {MONTH:,} events of {size:,} bytes ({MONTH / SECONDS:.1f} a second), "
        f"of which {SAMPLE:,} are matched.\n{len(detections)} detections: {sum(map(len, event_patterns))} event "
        f"patterns, {sum(map(len, filters))} metric filters, compiled in {compiling:.1f} s.\n"
    )
    events = [event_of(record) for record in records]
    if base := os.environ.get("BASE"):
        if not (Path(base) / "deadfall").is_dir():
            sys.exit("BASE must be the directory of a checkout.")
        given = {
            "event_patterns": [pattern for each in detections for pattern in each.compiled.event_patterns],
            "filters": [text for each in detections for text in catalog.filters(each)],
            "events": events,
            "records": records,
        }
        for line in compare(Path(base).resolve(), given):
            print(line)
        return
    print(f"{'detections':>10}  {'EventBridge, events/s':>22}  {'metric filters, events/s':>25}")
    total = len(detections)
    counts = [*(count for count in COUNTS if count < total), total, *(total * times for times in TIMES)]
    speeds = {
        count: (
            per_second(EventPatternIndex(_first(count, event_patterns)).matching, events),
            per_second(FilterPatternIndex(_first(count, filters)).matching, records),
        )
        for count in counts
    }
    for count, (by_pattern, by_filter) in speeds.items():
        print(f"{count:>10}  {by_pattern:>22,.0f}  {by_filter:>25,.0f}")
    by_pattern, by_filter = speeds[total]
    patterns_take, filters_take = MONTH / by_pattern / 60, MONTH / by_filter / 60
    print(f"\nThe whole month takes {patterns_take:.1f} min by all patterns, {filters_take:.1f} min by all filters.")


def _first(count: int, rules: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the patterns of this many rules, which repeat if there are fewer."""
    return list(itertools.chain.from_iterable(itertools.islice(itertools.cycle(rules), count)))


if __name__ == "__main__":
    main()
