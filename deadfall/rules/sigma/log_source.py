"""Decide which of AWS's logs a rule is about.

Old rules name the service that is called, such as `service: ec2`, instead of the log. CloudTrail records those calls,
so a rule that tests eventName or eventSource is about CloudTrail. The service adds no condition: rules test eventSource
themselves, and calls of one service are recorded with several sources (a sign-in is no call of iam.amazonaws.com).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sigma.rule import SigmaLogSource

from deadfall.patterns.condition import And, Condition, Keyword, Not, Or

from .rule import Service

_SERVICES: tuple[Service, ...] = ("cloudtrail", "guardduty")
_RECORDS = {"eventName", "eventSource"}


@dataclass(frozen=True)
class LogSource:
    """The log of a rule, and how its `logsource` departs from Sigma's name for it."""

    service: Service
    departure: str | None = None


def log_source(given: SigmaLogSource, condition: Condition) -> LogSource | None:
    """Return the log that a rule with this condition is about; None if it is neither CloudTrail nor GuardDuty."""
    for service in _SERVICES:
        if given.service == service and given.product == "aws":
            return LogSource(service)
        if str(given.service).lower() == service and str(given.product).lower() in ("aws", "none"):
            return LogSource(service, f"its logsource is {_shown(given)}; write product: aws, service: {service}")
    if str(given.product).lower() != "aws" or not _RECORDS & set(_fields(condition)):
        return None
    return LogSource(
        "cloudtrail", f"its logsource is {_shown(given)} and is read as CloudTrail; write service: cloudtrail"
    )


def _shown(given: SigmaLogSource) -> str:
    return f"product: {given.product or 'none'}, service: {given.service or 'none'}"


def _fields(condition: Condition) -> Iterator[str]:
    match condition:
        case And(of) | Or(of):
            for inner in of:
                yield from _fields(inner)
        case Not(of):
            yield from _fields(of)
        case Keyword():
            return
        case _:
            yield condition.field
