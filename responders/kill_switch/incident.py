"""The incident: one per principal and thing touched, whatever number of paths, retries and duplicates report it.

Facts are written once and never changed; the document is merged from all facts, purely, so that two concurrent
deliveries can't lose each other's. All values are JSON.

    sighting      one path saw one record: who, what, where, when, which detection, and what was decided
    run           one execution of the containment plan, with its results
    prior state   what the plan changed, as it was before
    mail          the last mail that was claimed and what became of it
"""

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import moment
from .containment import Containment
from .count import Reached
from .decide import Contain, Observe
from .decoy_match import MatchedTarget
from .manifest import ManifestDetection
from .parse import Alarm, Record, Sighting
from .principal import Principal

WINDOW = timedelta(hours=1)
"""Touches of the same thing by the same principal within this time of the first one are one incident."""

FACTS_KEPT = 100
"""Sightings, and runs, of one incident that are kept in full; further sightings are counted."""


UNCONFIRMED = "L unconfirmed"
"""The path of a line in the log group that CloudTrail's event history did not confirm: it may be forged, or may be
confirmed later, as a sighting of path L."""


def key(account_id: str, principal_key: str, touched_key: str) -> str:
    """What makes two sightings the same incident, apart from the time between them."""
    return hashlib.sha256("\n".join((account_id, principal_key, touched_key)).encode()).hexdigest()


def incident_id(incident_key: str, first_event: datetime) -> str:
    """Sorts by time, and says nothing about decoys: 20260131T120000Z-0123456789ab."""
    moment_and_key = f"{moment.iso(first_event)}\n{incident_key}"
    return f"{first_event:%Y%m%dT%H%M%SZ}-{hashlib.sha256(moment_and_key.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Facts:
    """All that is known of one incident."""

    sightings: Sequence[Mapping[str, Any]] = ()
    runs: Sequence[Mapping[str, Any]] = ()
    prior_state: Mapping[str, Any] | None = None
    replaced_later: Sequence[str] = ()
    mail: Mapping[str, Any] | None = None
    more_events: int = 0
    version: int = 0
    """Of the merged document as stored; 0 when there is none yet."""


def sighting_fact(
    sighting: Sighting,
    touched: MatchedTarget,
    principal: Principal,
    decision: Contain | Observe,
    received: datetime,
    reached: Reached | None = None,
) -> dict[str, Any]:
    record = sighting.record
    return {
        "path": sighting.path,
        "received": moment.iso(received),
        "event": moment.iso(record.event_time),
        "detection": _detection(sighting.detection),
        "touched": {"kind": touched.kind, "name": touched.name, "arn": touched.arn, "region": touched.region},
        "principal": _principal(principal),
        "what": _what(record),
        "where": {"source_ip": record.source_ip, "user_agent": record.user_agent, "region": record.region},
        "decision": _decision(decision),
        "count": reached.document() if reached else None,
        "finding": sighting.finding.document() if sighting.finding else None,
    }


def alarm_fact(
    alarm: Alarm, status: str, reason: str, advice: str, received: datetime, region: str, quiet: bool
) -> dict[str, Any]:
    """The fact of an alarm behind which no record could be found: nobody to name, but never silence."""
    return {
        "path": "L",
        "received": moment.iso(received),
        "event": moment.iso(alarm.at),
        "detection": _detection(alarm.detection),
        "touched": {"kind": "detection", "name": alarm.detection.id, "arn": None, "region": region},
        "principal": _principal(Principal("caller unknown")),
        "what": {
            "event_source": "aws.cloudwatch",
            "event_name": ALARM_EVENT,
            "outcome": "succeeded",
            "error_code": None,
            "error_message": None,
            "event_id": alarm_event_id(alarm),
        },
        "where": {"source_ip": None, "user_agent": None, "region": region},
        "decision": {"status": status, "reason": reason, "advice": advice, "quiet": quiet},
        "count": None,
        "finding": None,
    }


ALARM_EVENT = "CloudWatch Alarm State Change"


def alarm_event_id(alarm: Alarm) -> str:
    return f"alarm-{alarm.at:%Y%m%dT%H%M%S}"


def run_fact(containment: Containment, finished: datetime, received: datetime) -> dict[str, Any]:
    return {
        "received": moment.iso(received),
        "finished": moment.iso(finished),
        "status": containment.status,
        "trouble": containment.trouble,
        "gone": containment.gone,
        "actions": [result.document() for result in containment.results],
    }


def merge(incident: str, facts: Facts) -> dict[str, Any]:
    """The incident document. There must be at least one sighting."""
    sightings = sorted(facts.sightings, key=lambda fact: (fact["received"], fact["what"]["event_id"], fact["path"]))
    # A line that may be forged must not change what the incident says, once there is a true sighting.
    believed = [fact for fact in sightings if fact["path"] != UNCONFIRMED] or sightings
    best = min(believed, key=_telling)
    acted = _acted(facts.runs)
    decision = _weightiest(believed)
    count = max(_told(believed, "count"), key=lambda told: told["number"], default=None)
    prior_state = dict(facts.prior_state) if facts.prior_state else {}
    if facts.replaced_later:
        prior_state["replaced_later"] = list(facts.replaced_later)
    return {
        "id": incident,
        "status": acted.status or decision["status"],
        "reason": acted.reason or decision["reason"],
        "advice": decision["advice"],
        "trouble": acted.trouble,
        "detection": best["detection"],
        "touched": best["touched"],
        "count": count,
        "finding": max(_told(believed, "finding"), key=lambda told: told["updated"], default=None),
        "principal": best["principal"],
        "what": best["what"],
        "where": best["where"],
        "when": {
            "event": min(fact["event"] for fact in believed),
            "received": believed[0]["received"],
            "contained": acted.contained,
        },
        "paths": {path: _path(path, sightings) for path in sorted({fact["path"] for fact in sightings})},
        "actions": acted.actions,
        "prior_state": prior_state,
        "alert": _alert(facts.mail, decision["quiet"] and not acted.status),
        "events": len(_event_ids(sightings)) + facts.more_events,
    }


def _told(sightings: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """What sightings say under a key that those stored by an older version don't have."""
    return [fact[key] for fact in sightings if fact.get(key)]


def _event_ids(sightings: Sequence[Mapping[str, Any]]) -> set[str]:
    """Of all events that are known, also of those that were only counted."""
    counted = {event_id for count in _told(sightings, "count") for event_id in count["event_ids"]}
    return {fact["what"]["event_id"] for fact in sightings} | counted


def covers(facts: Facts, event_time: datetime) -> bool:
    """Whether a containment that was verified after this event happened covers it: then it is only recorded. A
    duplicate or a late delivery must not contain again what a human has released since."""
    latest = max(facts.runs, key=lambda run: run["finished"], default=None)
    return latest is not None and _contained(latest) and moment.iso(event_time) <= latest["finished"]


def _detection(detection: ManifestDetection) -> dict[str, str | None]:
    return {
        "id": detection.id,
        "title": detection.title,
        "response": detection.response,
        "level": detection.level,
        "runbook": detection.runbook,
    }


def _principal(principal: Principal) -> dict[str, Any]:
    issued_at = principal.session_issued_at
    return {
        "type": principal.type,
        "arn": principal.arn,
        "account_id": principal.account_id,
        "name": principal.name,
        "unique_id": principal.unique_id,
        "access_key_id": principal.access_key_id,
        "session_name": principal.session_name,
        "session_issued_at": moment.iso(issued_at) if issued_at else None,
        "role_arn": principal.role_arn,
    }


def _what(record: Record) -> dict[str, Any]:
    failed = record.error_code or record.error_message  # a failed console sign-in has only a message
    return {
        "event_source": record.event_source,
        "event_name": record.event_name,
        "outcome": "failed" if failed else "succeeded",
        "error_code": record.error_code,
        "error_message": record.error_message,
        "event_id": record.event_id,
    }


def _decision(decision: Contain | Observe) -> dict[str, Any]:
    if isinstance(decision, Contain):
        return {"status": "FAILED", "reason": NOT_RUN, "advice": decision.left_open, "quiet": False}
    return {
        "status": decision.status,
        "reason": decision.reason,
        "advice": decision.advice,
        "quiet": decision.quiet,
    }


NOT_RUN = "Containment was started, but its result has not been recorded yet."


def _telling(fact: Mapping[str, Any]) -> tuple[bool, str, str]:
    """Sorts the sighting first that says most: one with the caller's own address. What AWS calls on the caller's
    behalf (the KMS Decrypt behind a secret read) names a service instead."""
    try:
        ipaddress.ip_address(fact["where"]["source_ip"] or "")
        own_address = True
    except ValueError:
        own_address = False
    return not own_address, fact["event"], fact["what"]["event_id"]


def _weightiest(sightings: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The decision that stands when sightings were decided differently: to contain before to observe, loud before
    quiet."""
    order = {"FAILED": 0, "OBSERVED": 1, "SUPPRESSED": 2}
    return min((fact["decision"] for fact in sightings), key=lambda made: (order[made["status"]], made["quiet"]))


def _path(path: str, sightings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    seen = [fact for fact in sightings if fact["path"] == path]
    return {"first_seen": seen[0]["received"], "event_ids": sorted({fact["what"]["event_id"] for fact in seen})}


@dataclass(frozen=True)
class _Acted:
    """What all runs together did; nothing where there was none."""

    actions: list[dict[str, Any]]
    status: str | None = None
    contained: str | None = None
    reason: str | None = None
    trouble: str | None = None


def _acted(runs: Sequence[Mapping[str, Any]]) -> _Acted:
    """The latest run says what holds; an action that it found already done is shown as the run that did it. A run that
    found nobody to contain says nothing about what earlier ones did."""
    if not runs:
        return _Acted([])
    runs = sorted([run for run in runs if not run["gone"]] or runs, key=lambda run: run["finished"])
    latest = runs[-1]
    actions = []
    for action in latest["actions"]:
        same = [other for run in runs for other in run["actions"] if _named(other) == _named(action)]
        did = [other for other in same if other["outcome"] == "done"]
        shown = did[-1] if action["outcome"] == "already" and did else action
        actions.append({**shown, "verified": action["verified"]})
    contained = next(run["finished"] for run in runs if run["status"] == "CONTAINED") if _contained(latest) else None
    return _Acted(actions, latest["status"], contained, _reason(latest), latest["trouble"])


def _contained(run: Mapping[str, Any]) -> bool:
    return run["status"] == "CONTAINED"


def _named(action: Mapping[str, Any]) -> tuple[str, str]:
    return action["action"], action["target"]


def _reason(run: Mapping[str, Any]) -> str:
    if run["gone"]:
        return run["gone"]
    if _contained(run):
        return "Every action succeeded and was verified by reading IAM back."
    wrong = [action for action in run["actions"] if not holds(action)]
    return " ".join(f"{action['action']}: {why_not(action)}" for action in wrong)


def holds(action: Mapping[str, Any]) -> bool:
    """Whether an action of a document was carried out and seen by reading IAM again."""
    return action["outcome"] in ("done", "already") and action["verified"]


def why_not(action: Mapping[str, Any]) -> str:
    """Why an action of a document does not hold, in a sentence."""
    if action["outcome"] in ("done", "already"):
        return "It was carried out, but IAM did not show the change when read back: it may have been undone."
    return action["detail"]


def _alert(mail: Mapping[str, Any] | None, quiet: bool) -> dict[str, Any]:
    if mail is None:
        return {"outcome": "not-needed" if quiet else "pending", "at": None}
    return {"outcome": mail["outcome"], "at": mail["at"]}
