"""What is in the emulator, of every kind that the program makes: for saying that nothing is left, missing or twice."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from deadfall.lab.emulator import Emulator


def inventory(emulator: Emulator, regions: Iterable[str]) -> Counter[str]:
    """Everything in these regions, and what has none, as `region kind name`, without what AWS itself puts there."""
    regions = list(regions)
    found: Counter[str] = Counter()
    for kind, name in _global(partial(emulator.client, region=regions[0])):
        found[f"{kind} {name}"] += 1
    for region in regions:
        for kind, name in _regional(partial(emulator.client, region=region)):
            found[f"{region} {kind} {name}"] += 1
    return found


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key, ())
    else:
        yield from getattr(client, operation)(**arguments).get(key, ())


def _global(client: Callable[[str], Any]) -> Iterator[tuple[str, str]]:
    iam, s3 = client("iam"), client("s3")
    for role in _pages(iam, "list_roles", "Roles"):
        yield "role", role["RoleName"]
        for policy in _pages(iam, "list_role_policies", "PolicyNames", RoleName=role["RoleName"]):
            yield "role policy", f"{role['RoleName']}:{policy}"
    for user in _pages(iam, "list_users", "Users"):
        name = user["UserName"]
        yield "user", name
        for policy in _pages(iam, "list_user_policies", "PolicyNames", UserName=name):
            yield "user policy", f"{name}:{policy}"
        for _ in _pages(iam, "list_access_keys", "AccessKeyMetadata", UserName=name):
            yield "access key of", name
    for policy in _pages(iam, "list_policies", "Policies", Scope="Local"):
        yield "policy", policy["PolicyName"]
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        yield "bucket", name
        for part in (
            "policy",
            "encryption",
            "lifecycle_configuration",
            "ownership_controls",
            "object_lock_configuration",
        ):
            try:
                getattr(s3, f"get_bucket_{part}" if "lock" not in part else f"get_{part}")(Bucket=name)
            except ClientError:
                continue
            yield f"bucket {part}", name
        yield "bucket versioning", f"{name}: {s3.get_bucket_versioning(Bucket=name).get('Status')}"


def _regional(client: Callable[[str], Any]) -> Iterator[tuple[str, str]]:
    for trail in client("cloudtrail").describe_trails(includeShadowTrails=False)["trailList"]:
        yield "trail", trail["Name"]
    for alarm in _pages(client("cloudwatch"), "describe_alarms", "MetricAlarms"):
        yield "alarm", alarm["AlarmName"]
    for table in _pages(client("dynamodb"), "list_tables", "TableNames"):
        yield "table", table
    yield from _events(client("events"))
    yield from _kms(client("kms"))
    yield from _functions(client("lambda"))
    logs = client("logs")
    for group in _pages(logs, "describe_log_groups", "logGroups"):
        yield "log group", group["logGroupName"]
    for metric_filter in _pages(logs, "describe_metric_filters", "metricFilters"):
        yield "metric filter", metric_filter["filterName"]
    manager = client("secretsmanager")
    for secret in _pages(manager, "list_secrets", "SecretList"):
        yield "secret", secret["Name"]
        if manager.describe_secret(SecretId=secret["ARN"]).get("VersionIdsToStages"):
            yield "secret's value", secret["Name"]
    for parameter in _pages(client("ssm"), "describe_parameters", "Parameters"):
        yield "parameter", parameter["Name"]
    for topic in _pages(client("sns"), "list_topics", "Topics"):
        yield "topic", topic["TopicArn"].rpartition(":")[2]
    for subscription in _pages(client("sns"), "list_subscriptions", "Subscriptions"):
        yield "subscription", f"{subscription['TopicArn'].rpartition(':')[2]} {subscription['Endpoint']}"
    for url in _pages(client("sqs"), "list_queues", "QueueUrls"):
        yield "queue", url.rpartition("/")[2]


def _events(events: Any) -> Iterator[tuple[str, str]]:
    for rule in _pages(events, "list_rules", "Rules"):
        yield "rule", rule["Name"]
        for target in _pages(events, "list_targets_by_rule", "Targets", Rule=rule["Name"]):
            yield "target", f"{rule['Name']} {target['Id']}"
    for bus in events.list_event_buses()["EventBuses"]:
        if bus["Name"] != "default":
            yield "event bus", bus["Name"]


def _kms(kms: Any) -> Iterator[tuple[str, str]]:
    for key in _pages(kms, "list_keys", "Keys"):
        told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if told["KeyManager"] == "CUSTOMER" and told["KeyState"] != "PendingDeletion":  # it cannot go at once
            yield "key", told["Description"]
    for alias in _pages(kms, "list_aliases", "Aliases"):
        if not alias["AliasName"].startswith("alias/aws/"):
            yield "alias", alias["AliasName"]


def _functions(functions: Any) -> Iterator[tuple[str, str]]:
    for function in _pages(functions, "list_functions", "Functions"):
        name = function["FunctionName"]
        yield "function", name
        for _ in _pages(
            functions, "list_function_event_invoke_configs", "FunctionEventInvokeConfigs", FunctionName=name
        ):
            yield "function event invoke config", name
        try:
            policy = functions.get_policy(FunctionName=name)["Policy"]
        except ClientError:
            continue
        yield "permissions", f"{name}: {policy.count('Sid')}"
