"""Derive a rule's deployment from its condition: whether it matches read-only events, and where its events appear.

The condition is evaluated with some fields known and the others unknown, and the answer is "yes" unless the condition
rules it out: deploying a rule too widely costs little, but a rule missing where its events appear never matches.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deadfall.patterns.condition import And, Condition, Keyword, Not, Or, SameAs, Test, Text, Value

from .canonical import canonical, known_event_names
from .rule import Rule

US_EAST_1 = "us-east-1"

# Their events appear only in us-east-1, wherever the call was made (docs/aws-facts.md, global-services-us-east-1).
GLOBAL_SOURCES = frozenset(
    f"{service}.amazonaws.com" for service in ("account", "cloudfront", "iam", "organizations", "route53")
)
# So do theirs if the global endpoint was used; otherwise they appear in the region of the endpoint.
_BOTH = frozenset({"signin.amazonaws.com", "sts.amazonaws.com"})
_SOME_REGIONAL_SOURCE = "unnamed.amazonaws.com"

# Verbs of write operations: in 659 published records, none with one of these verbs was read-only. Any other operation
# may be read-only.
_WRITE_VERBS = (
    *("Accept", "Add", "Allocate", "Apply", "Assign", "Associate", "Attach", "Authorize", "Cancel", "Change", "Copy"),
    *("Create", "Deactivate", "Delete", "Deregister", "Detach", "Disable", "Disassociate", "Enable", "Grant", "Import"),
    *("Leave", "Modify", "Move", "Publish", "Put", "Reboot", "Register", "Release", "Remove", "Replace", "Reset"),
    *("Restore", "Resume", "Revoke", "Rotate", "Run", "Schedule", "Set", "Stop", "Suspend", "Tag", "Terminate"),
    *("Transfer", "Unassign", "Untag", "Update"),
)
_WRITE = re.compile(rf"(Batch)?({'|'.join(_WRITE_VERBS)})(?![a-z])")
# CloudTrail records readOnly false for these (docs/aws-facts.md, sts-tokens-are-writes; published sign-in records).
_OTHER_WRITES = frozenset({"GetFederationToken", "GetSessionToken", "ConsoleLogin", "GetSigninToken"})
_SOME_READ = "GetUnnamed"


def matches_reads(rule: Rule) -> bool:
    """Return whether a read-only management event can match, which needs a special rule state.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
    """
    if rule.service != "cloudtrail":
        return False
    read = {"readOnly": True, "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": True}
    return any(can_match(rule.condition, {**read, "eventName": name}) for name in _read_names(rule.condition))


def _read_names(condition: Condition) -> Iterator[str]:
    """Return read operations that stand for all others: of those that the same patterns match, one is enough."""
    named = {_SOME_READ, *named_values(condition, "eventName")}
    yield from filter(_may_be_read, named)
    tested = set(tested_values(condition, "eventName"))
    patterns = [each for each in tested if not (isinstance(each, Text) and each.plain is not None)]
    if patterns:
        in_lower_case = {name.lower() for name in named}
        yield from (name for name in _known_reads() if name.lower() in in_lower_case)
        others = (name for name in _known_reads() if name.lower() not in in_lower_case)
        yield from {tuple(pattern.holds(name) for pattern in patterns): name for name in others}.values()


@functools.cache
def _known_reads() -> frozenset[str]:
    return frozenset(filter(_may_be_read, known_event_names()))


def regions(rule: Rule, covered: Sequence[str]) -> tuple[str, ...]:
    """Return the regions in which a deployment that covers these regions needs the rule.

    Rules on events that appear only in us-east-1 need it there even if it isn't covered. IAM users' sign-ins also
    appear in other regions (us-east-2, eu-north-1, ap-southeast-2), and are detected there if those are covered.
    GuardDuty's findings appear in the region of their detector.
    """
    if rule.service == "guardduty":
        return tuple(dict.fromkeys(covered))
    sources = {*GLOBAL_SOURCES, *_BOTH, _SOME_REGIONAL_SOURCE, *named_values(rule.condition, "eventSource")}
    needed = dict.fromkeys(
        region
        for region in (*covered, US_EAST_1)
        for source in sources
        if (region == US_EAST_1 if source in GLOBAL_SOURCES else region in covered or source in _BOTH)
        and can_match(rule.condition, {"eventSource": source, "awsRegion": region})
    )
    return tuple(needed)


def _may_be_read(name: str) -> bool:
    return not _WRITE.match(name) and name not in _OTHER_WRITES


def named_values(condition: Condition, field: str) -> set[str]:
    """Return the values of a field that the condition names; for a pattern, one value that it matches."""
    tested = [each for each in tested_values(condition, field) if isinstance(each, Text)]
    texts = [(text, "".join(part.text for part in text.parts)) for text in tested]
    return {written if text.cased else canonical(field, written) or written for text, written in texts}


def tested_values(condition: Condition, field: str) -> Iterator[Value]:
    """Return the values with which the condition compares a field."""
    match condition:
        case And() | Or():
            for inner in condition.of:
                yield from tested_values(inner, field)
        case Not():
            yield from tested_values(condition.of, field)
        case Test(field=named, value=value) if named == field:
            yield value


def can_match(condition: Condition, known: Mapping[str, Any]) -> bool:
    """Return whether a record with these values may match, whatever its other fields are."""
    return _holds(condition, known) is not False


def _holds(condition: Condition, known: Mapping[str, Any]) -> bool | None:
    """Return whether the condition holds for all records with these values; None if that depends on other fields."""
    match condition:
        case Not():
            inner = _holds(condition.of, known)
            return None if inner is None else not inner
        case And():
            return _all(_holds(inner, known) for inner in condition.of)
        case Or():
            none = _all(None if (held := _holds(inner, known)) is None else not held for inner in condition.of)
            return None if none is None else not none
        case Keyword():
            return None
        case SameAs(other=other) if other not in known:
            return None
    return condition.matches(known) if condition.field in known else None


def _all(answers: Iterable[bool | None]) -> bool | None:
    distinct = set(answers)
    return False if False in distinct else None if None in distinct else True
