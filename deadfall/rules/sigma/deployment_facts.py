"""What follows from a rule for its deployment: whether it sees read-only events, and where its events appear.

Both are asked of the condition with some fields known and the others open, and are answered "yes" unless the condition
rules it out: a rule that is deployed too widely costs a little, one that is not deployed where its events are is dead.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deadfall.patterns.condition import And, Condition, Keyword, Not, Or, SameAs, Test, Text

from .canonical import canonical, known_event_names
from .rule import Rule

US_EAST_1 = "us-east-1"

# Their events appear in us-east-1 only, wherever the call was made (research: response.md 3.3, deception.md 2.2).
GLOBAL_SOURCES = frozenset(
    f"{service}.amazonaws.com" for service in ("account", "cloudfront", "iam", "organizations", "route53")
)
# These too where the global endpoint was used, elsewhere where a regional one was. Root always signs in in us-east-1.
_BOTH = frozenset({"signin.amazonaws.com", "sts.amazonaws.com"})
_SOME_REGIONAL_SOURCE = "unnamed.amazonaws.com"

# Verbs that change something. No record with one of them was read-only in the 659 published ones that were counted, but
# for a few verbs that are left out here. What isn't named may be read-only, whatever the operation is called.
_WRITE_VERBS = (
    *("Accept", "Add", "Allocate", "Apply", "Assign", "Associate", "Attach", "Authorize", "Cancel", "Change", "Copy"),
    *("Create", "Deactivate", "Delete", "Deregister", "Detach", "Disable", "Disassociate", "Enable", "Grant", "Import"),
    *("Leave", "Modify", "Move", "Publish", "Put", "Reboot", "Register", "Release", "Remove", "Replace", "Reset"),
    *("Restore", "Resume", "Revoke", "Rotate", "Run", "Schedule", "Set", "Stop", "Suspend", "Tag", "Terminate"),
    *("Transfer", "Unassign", "Untag", "Update"),
)
_WRITE = re.compile(rf"(Batch)?({'|'.join(_WRITE_VERBS)})(?![a-z])")
# CloudTrail says readOnly false of these (research: deception.md 2.1; published records of sign-ins).
_OTHER_WRITES = frozenset({"GetFederationToken", "GetSessionToken", "ConsoleLogin", "GetSigninToken"})
_SOME_READ = "GetUnnamed"


def matches_reads(rule: Rule) -> bool:
    """Whether a read-only management event can match, which needs a rule state of its own.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
    """
    if rule.service != "cloudtrail":
        return False
    read = {"readOnly": True, "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": True}
    names = {_SOME_READ, *_named(rule.condition, "eventName")}
    if any(text.plain is None for text in _texts(rule.condition, "eventName")):
        names |= known_event_names()
    return any(_may_be_read(name) and _can_match(rule.condition, {**read, "eventName": name}) for name in names)


def regions(rule: Rule, covered: Sequence[str]) -> tuple[str, ...]:
    """The regions in which a deployment that covers some regions needs the rule: where its events can appear.

    us-east-1 is among them for events that appear only there, whether it is covered or not. IAM users' sign-ins appear
    in other regions too (us-east-2, eu-north-1, ap-southeast-2), and are seen there if those are covered. GuardDuty's
    findings appear in the region of the detector that made them.
    """
    if rule.service == "guardduty":
        return tuple(dict.fromkeys(covered))
    sources = {*GLOBAL_SOURCES, *_BOTH, _SOME_REGIONAL_SOURCE, *_named(rule.condition, "eventSource")}
    needed = dict.fromkeys(
        region
        for region in (*covered, US_EAST_1)
        for source in sources
        if (region == US_EAST_1 if source in GLOBAL_SOURCES else region in covered or source in _BOTH)
        and _can_match(rule.condition, {"eventSource": source, "awsRegion": region})
    )
    return tuple(needed)


def _may_be_read(name: str) -> bool:
    return not _WRITE.match(name) and name not in _OTHER_WRITES


def _named(condition: Condition, field: str) -> set[str]:
    """The values of a field that the condition names; of a pattern one for which it holds."""
    texts = [(text, "".join(part.text for part in text.parts)) for text in _texts(condition, field)]
    return {written if text.cased else canonical(field, written) or written for text, written in texts}


def _texts(condition: Condition, field: str) -> Iterator[Text]:
    match condition:
        case And() | Or():
            for inner in condition.of:
                yield from _texts(inner, field)
        case Not():
            yield from _texts(condition.of, field)
        case Test(field=named, value=Text() as text) if named == field:
            yield text


def _can_match(condition: Condition, known: Mapping[str, Any]) -> bool:
    return _holds(condition, known) is not False


def _holds(condition: Condition, known: Mapping[str, Any]) -> bool | None:
    """Whether it holds for every record with these values; None if that depends on its other fields."""
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
