"""Combine permissions into as few IAM statements as possible, in a deterministic order."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from deadfall.lab.provider.grants import ANY

from .permission import Permission

Statement = dict[str, Any]
Condition = tuple[tuple[str, tuple[str, ...]], ...]
"""Condition keys with their allowed values."""


def statements(permissions: Iterable[Permission]) -> list[Statement]:
    """Return one statement per set of actions and condition; its Sid names the service and the kind of resource.

    Actions without resource-level permissions are limited to the regions in which the stack uses them
    (`aws:RequestedRegion`), roles are passed to one service each (`iam:PassedToService`).
    """
    actions: defaultdict[tuple[str, str, Condition], set[str]] = defaultdict(set)
    for (action, resource, passed_to), regions in _regions(permissions).items():
        actions[_service(action), resource, _condition(passed_to, regions)].add(action)
    resources: defaultdict[tuple[tuple[str, ...], Condition], set[str]] = defaultdict(set)
    for (_, resource, condition), allowed in actions.items():
        resources[tuple(sorted(allowed)), condition].add(resource)
    merged = [(allowed, sorted(arns), condition) for (allowed, condition), arns in resources.items()]
    return _named(sorted(merged, key=lambda found: (_noun(found[0], found[1]), found[1], found[2])))


def actions_of(statement: Statement) -> list[str]:
    return _list(statement["Action"])


def resources_of(statement: Statement) -> list[str]:
    return _list(statement["Resource"])


def one_or_many(values: list[str]) -> str | list[str]:
    """Unwrap a list of one, which saves characters."""
    return values[0] if len(values) == 1 else values


def _regions(permissions: Iterable[Permission]) -> dict[tuple[str, str, str], set[str]]:
    """Map action, ARN and passed-to service to regions. Permissions on an ARN have no regions."""
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for permission in permissions:
        regions = found[permission.action, permission.resource, permission.passed_to]
        if permission.region:
            regions.add(permission.region)
    return found


def _condition(passed_to: str, regions: set[str]) -> Condition:
    if passed_to:
        return (("iam:PassedToService", (passed_to,)),)
    return (("aws:RequestedRegion", tuple(sorted(regions))),) if regions else ()


def _named(merged: list[tuple[tuple[str, ...], list[str], Condition]]) -> list[Statement]:
    nouns = [_noun(allowed, arns) for allowed, arns, _ in merged]
    found: list[Statement] = []
    for index, (allowed, arns, condition) in enumerate(merged):
        number = nouns[:index].count(nouns[index]) + 1
        statement: Statement = {
            "Sid": nouns[index] + (str(number) if nouns.count(nouns[index]) > 1 else ""),
            "Effect": "Allow",
            "Action": one_or_many(list(allowed)),
            "Resource": one_or_many(arns),
        }
        if condition:
            statement["Condition"] = {"StringEquals": {key: one_or_many(list(values)) for key, values in condition}}
        found.append(statement)
    return found


def _noun(allowed: tuple[str, ...], arns: list[str]) -> str:
    """Return a Sid: the service and the kind of resource, in alphanumerics as IAM requires."""
    service = _service(allowed[0]).capitalize()
    if allowed == ("iam:PassRole",):
        return "IamPassRole"
    if arns == [ANY]:
        return f"{service}InRegion"
    if service == "S3":
        return "S3Object" if "/" in arns[0] else "S3Bucket"
    kind = arns[0].split(":", 5)[5].partition("/")[0].partition(":")[0]
    tags = "Tags" if service == "Logs" and not arns[0].endswith("*") else ""
    if service == "Sns":
        kind = "topic"
    elif service == "Sqs":
        kind = "queue"
    return service + "".join(word.capitalize() for word in kind.split("-")) + tags


def _service(action: str) -> str:
    return action.partition(":")[0]


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
