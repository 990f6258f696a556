"""Measure the matchers in CPU time of one core: `python -m tests.rules.benchmark` (`make benchmark`).

The events model a mid-size account: 50 people, 200 service roles, and 8 million management events a month (3 a second),
nearly all of them reads by services. The order of magnitude is an estimate, not measured in an account. The benchmark
matches an even sample of that month and extrapolates.
"""

import itertools
import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from deadfall.patterns.delivered_event import event_of
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.rules import catalog
from deadfall.stack_files import config_of

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


Rules = Sequence[Sequence[Callable[[Any], bool]]]
"""For each rule the matchers of its patterns."""


def per_second(rules: Rules, events: Sequence[Any]) -> float:
    matchers = [matches for rule in rules for matches in rule]
    started = time.process_time()
    for event in events:
        for matches in matchers:
            matches(event)
    return len(events) / (time.process_time() - started)


def main() -> None:
    records = month(SAMPLE, random.Random(1))  # noqa: S311
    started = time.process_time()
    detections = [each for each in catalog.detections(config_of("dev")) if each.rule.service == "cloudtrail"]
    event_patterns = [
        [EventPattern(pattern).matches for pattern in each.compiled.event_patterns] for each in detections
    ]
    filters = [[FilterPattern(text).matches for text in catalog.filters(each)] for each in detections]
    compiling = time.process_time() - started
    size = sum(len(json.dumps(record)) for record in records) // len(records)
    print(
        f"A month of a mid-size account, made up: {MONTH:,} events of {size:,} bytes ({MONTH / SECONDS:.1f} a second), "
        f"of which {SAMPLE:,} are matched.\n{len(detections)} detections: {sum(map(len, event_patterns))} event "
        f"patterns, {sum(map(len, filters))} metric filters, compiled in {compiling:.1f} s.\n"
    )
    print(f"{'detections':>10}  {'EventBridge, events/s':>22}  {'metric filters, events/s':>25}")
    total = len(detections)
    events = [event_of(record) for record in records]
    counts = [*(count for count in COUNTS if count < total), total, *(total * times for times in TIMES)]
    speeds = {
        count: (
            per_second(list(itertools.islice(itertools.cycle(event_patterns), count)), events),
            per_second(list(itertools.islice(itertools.cycle(filters), count)), records),
        )
        for count in counts
    }
    for count, (by_pattern, by_filter) in speeds.items():
        print(f"{count:>10}  {by_pattern:>22,.0f}  {by_filter:>25,.0f}")
    by_pattern, by_filter = speeds[total]
    patterns_take, filters_take = MONTH / by_pattern / 60, MONTH / by_filter / 60
    print(f"\nThe whole month takes {patterns_take:.0f} min by all patterns, {filters_take:.0f} min by all filters.")


if __name__ == "__main__":
    main()
