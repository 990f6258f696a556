"""The records that a stack's rules and filters must see: touches of decoys, the use of root, and tampering with trails.

What is certain of such a record is kept, and the rest is left open: a rule may narrow the former, not the latter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, cast

from pulumi_policy import PolicyResource

from deadfall.decoy import Decoy
from deadfall.decoys import KINDS
from deadfall.names import Names
from deadfall.patterns.delivered_event import event_of
from deadfall.patterns.detail_types import SIGN_IN
from deadfall.patterns.partial_record import ABSENT
from deadfall.touches.touch import Trace

from . import stack_config
from .patterns import Known

# What is certain of calls that stop or reduce a trail: rules need not match calls that record more, or that fail.
_DONE: Mapping[str, Any] = {"errorCode": ABSENT}
TAMPERING: Mapping[str, Mapping[str, Any]] = {
    "StopLogging": _DONE,
    "DeleteTrail": _DONE,
    "UpdateTrail": {**_DONE, "requestParameters": {"isMultiRegionTrail": False}},
    "PutEventSelectors": {**_DONE, "requestParameters": {"eventSelectors": [{"includeManagementEvents": False}]}},
}
ROOT_CALLS = ("sts", "s3", "ec2", "bedrock")  # services that root's key can call, as examples

# The same in every call of a kind. Services differ in what else they write, and callers in where they call from.
_CERTAIN = ("eventSource", "eventName", "eventType", "awsRegion", "recipientAccountId", "errorMessage")
_OF_ONE_CALL = frozenset(("eventName", "errorMessage"))
_ENVELOPE = ("source", "detail-type", "account", "region")

_Part = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Touch:
    """One way (`how`) to touch a thing in a region.

    Each of `events` must reach the responder. One of `records` is enough for a metric filter, since filter patterns
    can't search lists: the log path sees a batch by the other records that it leaves.
    """

    thing: str
    how: str
    region: str
    events: Sequence[Known]
    records: Sequence[Known]


def of_stack(resources: Iterable[PolicyResource]) -> Iterator[Touch]:
    """Return every touch that the stack must see: of the decoys in its config and those among its resources."""
    names, regions = stack_config.names(), stack_config.regions()
    planted = (kind.of_resource(each.resource_type, each.props) for each in resources for kind in KINDS.values())
    decoys = [*stack_config.config().decoys, *(decoy for decoy in planted if decoy)]
    for decoy in {each.identity(names): each for each in decoys}.values():
        yield from _of_decoy(cast(Any, decoy), names, regions)  # pydantic hashes frozen models, unseen by type checkers
    yield from _of_account(names, regions)


@cache
def _of_decoy(decoy: Decoy, names: Names, regions: tuple[str, ...]) -> Sequence[Touch]:
    thing = f"the {decoy.title.partition(' ')[2]} {decoy.decoy_name}"
    planted_in = decoy.planted_in(names)
    reduction = _Reduction(decoy, names)
    return [
        Touch(
            thing,
            touch.way if touch.outcome == "success" else f"denied {touch.way}",
            region,
            [_event(record) for record in documented],
            [Known(record) for record in (*documented, *expected)],
        )
        for region in ((planted_in,) if planted_in else regions)
        for touch in decoy.touches(names, region)
        if touch.essential
        for documented, expected in reduction.certain(touch.traces)
    ]


@dataclass(frozen=True)
class _Reduction:
    """Reduces the records of a decoy's touches to what is certain of them."""

    decoy: Decoy
    names: Names

    def certain(self, traces: Iterable[Trace]) -> Iterator[tuple[list[_Part], list[_Part]]]:
        """Return the documented and the expected records of each trace, without repetitions."""
        different: list[tuple[list[_Part], list[_Part]]] = []
        for trace in traces:
            for unnamed in (False, True):
                documented = [self._record(record, unnamed=unnamed) for record in trace.documented]
                expected = [self._record(record, unnamed=unnamed) for record in trace.expected]
                if (documented, expected) not in different:
                    different.append((documented, expected))
        return iter(different)

    def _record(self, record: _Part, *, unnamed: bool) -> _Part:
        """Return what is certain of a record; `unnamed` if CloudTrail records no ARN of the caller."""
        identity = record["userIdentity"]
        arn = identity.get("arn")
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
        part = {key: record[key] for key in _CERTAIN if key in record}
        decoy = self.decoy.principal_arn(self.names)
        if decoy and decoy in (arn, issuer):  # any call by the decoy is a touch
            return {**{key: part[key] for key in part if key not in _OF_ONE_CALL}, **_by(arn, issuer)}
        naming = self._naming(record.get("requestParameters"))
        if naming:
            part["requestParameters"] = naming
        if unnamed:
            if "errorMessage" in part:
                part["errorMessage"] = part["errorMessage"].replace(str(arn), "anonymous")
            arn = issuer = None
        return {**part, **_by(arn, issuer)}

    def _naming(self, value: Any) -> Any:
        """Return the parameters that name the decoy; None if there are none."""
        if isinstance(value, Mapping):
            kept = {key: named for key, inner in value.items() if (named := self._naming(inner)) is not None}
            return kept or None
        if isinstance(value, list):
            return value if any(self._naming(each) is not None for each in value) else None
        identifiers = self.decoy.identifiers(self.names)
        return value if any(fnmatchcase(str(value), identifier) for identifier in identifiers) else None


@cache
def _of_account(names: Names, regions: tuple[str, ...]) -> Sequence[Touch]:
    return [touch for region in regions for touch in (*_of_root(names, region), *_of_trails(names, region))]


def _of_root(names: Names, region: str) -> Iterator[Touch]:
    identity = {"type": "Root", "invokedBy": ABSENT, **_by(names.iam_arn("root"))["userIdentity"]}
    for service in ROOT_CALLS:
        record = {**_call(names, region, service), "userIdentity": identity}
        yield Touch("the root user", f"a call of {service}", region, [_event(record)], [Known(record)])
    record = {
        **_call(names, region, "signin"),
        "eventName": "ConsoleLogin",
        "eventType": "AwsConsoleSignIn",
        "userIdentity": identity,
    }
    events = [_event(record, detail_type) for detail_type in SIGN_IN]
    yield Touch("the root user", "a sign-in", region, events, [Known(record)])


def _of_trails(names: Names, region: str) -> Iterator[Touch]:
    session = f"arn:aws:sts::{names.account_id}:assumed-role/some-role/session"
    callers = (_by(names.iam_arn("user/somebody")), _by(session, names.iam_arn("role/some-role")), _by(None))
    for operation, certain in TAMPERING.items():
        for caller in callers:
            record = {**_call(names, region, "cloudtrail"), "eventName": operation, **caller, **certain}
            yield Touch("CloudTrail", operation, region, [_event(record)], [Known(record)])


def _call(names: Names, region: str, service: str) -> dict[str, Any]:
    """Return what is certain of any call of a service."""
    return {
        "eventSource": f"{service}.amazonaws.com",
        "eventType": "AwsApiCall",
        "awsRegion": region,
        "recipientAccountId": names.account_id,
    }


def _by(arn: str | None, role: str | None = None) -> dict[str, Any]:
    """Return what is certain of the caller: its ARN and, of a session, that of its role."""
    issuer = {"sessionIssuer": {"arn": role or ABSENT}}
    return {"userIdentity": {"arn": arn or ABSENT, "sessionContext": issuer}}


def _event(record: _Part, detail_type: str | None = None) -> Known:
    """Return what is certain of the event that EventBridge delivers for a record."""
    event = event_of(record)
    envelope = {key: event[key] for key in _ENVELOPE}
    return Known({**envelope, "detail-type": detail_type or envelope["detail-type"], "detail": record})
