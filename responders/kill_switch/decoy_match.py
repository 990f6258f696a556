"""Confirm, exactly, that a record matches its detection's rule and touched the decoy that it watches.

EventBridge patterns and metric filters can't express every rule, so some match more than their rule: the manifest has
the rule itself. Nor can they express "exactly six more characters", so they match some names coarsely: a real secret
`NAME-replica` can reach the responder and must never cause containment. The manifest has every identifier of the decoy;
a record touches it if the rule holds and

- a parameter of the call, or the resource that a denied call was denied on, is one of them, in the decoy's region
  (CloudTrail drops the parameters of most denied calls and names the resource in `errorMessage`), or
- the caller is the decoy itself.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .manifest import ManifestDetection
from .parse import Record

# "because no identity-based policy allows …" or "with an explicit deny in …" may follow; neither is stable wording.
_DENIED = re.compile(r"User: \S+ is not authorized to perform: (\w+:\w+) on resource: (\S+)(?:\s.*)?", re.S)


@dataclass(frozen=True)
class MatchedTarget:
    """The target of a sighting: a decoy, or the subject of a detection without a decoy."""

    kind: str
    name: str
    arn: str | None
    region: str

    @property
    def key(self) -> str:
        return self.arn or self.name


@dataclass(frozen=True)
class NotConfirmed:
    """The record does not touch the decoy: a near miss. `disagrees` if the detection's own rule does not match it.

    Where the rule is matched by a superset of it, that is expected (ManifestDetection.supersets).
    """

    reason: str
    disagrees: bool = False


def match_decoy(record: Record, detection: ManifestDetection) -> MatchedTarget | NotConfirmed:
    """Return the decoy that a record touches, or why it touches none."""
    if not _rule_holds(detection, record):
        return NotConfirmed(
            f"{record.event_source} {record.event_name} does not match the rule of {detection.id}.", disagrees=True
        )
    decoy = detection.decoy
    if decoy is None:
        return MatchedTarget("detection", detection.id, None, record.region)
    is_target = record.region == decoy.region and _any_matches(decoy.identifiers, _named_targets(record))
    if is_target or _any_matches(decoy.callers, _named_callers(record)):
        return MatchedTarget(decoy.kind, decoy.name, decoy.arn, decoy.region)
    return NotConfirmed("The record contains no identifier of the decoy.")


def _rule_holds(detection: ManifestDetection, record: Record) -> bool:
    try:
        return detection.rule is None or detection.rule.matches(record.fields)
    except RecursionError:  # lists nested a thousand deep, which AWS never writes
        return False


def _any_matches(identifiers: Iterable[str], values: Iterable[str]) -> bool:
    return any(fnmatchcase(value, identifier) for value in values for identifier in identifiers)


def _named_targets(record: Record) -> Iterator[str]:
    """Yield the texts in the call's parameters, as the caller typed them, and the resource of a denied call."""
    denied = _DENIED.fullmatch(record.error_message or "") if record.error_code else None
    service = record.event_source.partition(".")[0]
    if denied and denied[1] == f"{service}:{record.event_name}":
        yield denied[2]
    yield from _texts(record.request_parameters)


def _texts(value: object) -> Iterator[str]:
    remaining = [value]  # a stack of its own: parameters may be nested more deeply than Python recurses
    while remaining:
        match remaining.pop():
            case str(text):
                yield text
            case dict(members):
                remaining.extend(members.values())
            case list(items):
                remaining.extend(items)


def _named_callers(record: Record) -> Iterator[str]:
    """Yield the ARN of the caller and of the issuer of its session; of a caller without an ARN, the user name."""
    identity = record.user_identity
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    named = [identity.get("arn") or identity.get("userName"), issuer.get("arn") if isinstance(issuer, dict) else None]
    yield from (each for each in named if isinstance(each, str))
