"""The manifest `detections.json`: which detections are deployed and which decoys they watch.

It stands beside this package in the archive root, written at deployment:

    {"detections": {"<id>": {"title": str, "response": "contain" | "alert" | "observe", "level": str,
                             "runbook": str | null,
                             "count": {"groupBy": [str], "seconds": int, "atLeast": int} | null,
                             "rule": condition | null,
                             "supersets": ["E" | "L"],
                             "decoy": {"kind": str, "name": str, "arn": str, "region": str,
                                       "identifiers": [str], "callers": [str]} | null}},
     "decoy_principals": ["arn:aws:iam::<account>:user/<name>"]}

`rule` is the exact rule (deadfall/patterns/condition_json.py) of a detection that watches a decoy, or of which the
event path (E) or the log path (L) matches more than the rule: these are its `supersets`. `identifiers` and `callers`
are shell-style patterns of what names the decoy as the target or as the caller (deadfall/decoy.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deadfall.patterns.condition import Condition
from deadfall.patterns.condition_json import condition_from_json

from . import arn

LEVELS = ("informational", "low", "medium", "high", "critical")


class ManifestError(Exception):
    """The manifest can't be used; the message names the entry and the mend."""


@dataclass(frozen=True)
class Decoy:
    kind: str
    name: str
    arn: str
    """The full ARN; of an access key, that of its IAM user."""
    region: str
    identifiers: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Count:
    """Only `at_least` events together are an incident: within `seconds`, with the same values of `group_by`."""

    group_by: tuple[str, ...]
    seconds: int
    at_least: int


@dataclass(frozen=True)
class ManifestDetection:
    """`observe` is only recorded; `alert` is told; `contain` is told and acted upon. `runbook` is what an analyst
    does. `supersets` are the paths that match more than `rule`."""

    id: str
    title: str
    response: Literal["contain", "alert", "observe"]
    decoy: Decoy | None
    level: str
    runbook: str | None
    count: Count | None
    rule: Condition | None = None
    supersets: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Manifest:
    detections: Mapping[str, ManifestDetection]
    decoy_principals: frozenset[arn.Entity]


def load(path: Path) -> Manifest:
    """Raises ManifestError."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path.name} can't be read ({error}): deploy the stack again.") from error


def parse(document: object) -> Manifest:
    """Raises ManifestError."""
    try:
        detections = {key: _detection(key, value) for key, value in document["detections"].items()}  # type: ignore[index]
        principals = frozenset(_principal(value) for value in document["decoy_principals"])  # type: ignore[index]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ManifestError(
            f"detections.json does not have the expected structure ({error!r}): deploy the stack again."
        ) from error
    return Manifest(detections, principals)


def _detection(detection_id: str, value: Mapping) -> ManifestDetection:
    response, decoy = value["response"], value["decoy"]
    if response not in ("contain", "alert", "observe"):
        raise ManifestError(f"detections.json: {detection_id}.response is {response!r}: use contain, alert or observe.")
    if value["level"] not in LEVELS:
        raise ManifestError(
            f"detections.json: {detection_id}.level is {value['level']!r}: use one of {', '.join(LEVELS)}."
        )
    if not isinstance(value["runbook"], str | None):
        raise ManifestError(f"detections.json: {detection_id}.runbook is {value['runbook']!r}: use a string or null.")
    if not isinstance(value["supersets"], list) or not set(value["supersets"]) <= {"E", "L"}:
        raise ManifestError(
            f"detections.json: {detection_id}.supersets is {value['supersets']!r}: use a list of E and L."
        )
    if decoy is not None and value["rule"] is None:
        raise ManifestError(f"detections.json: {detection_id} watches a decoy but has no rule: deploy the stack again.")
    if value["supersets"] and value["rule"] is None:
        raise ManifestError(f"detections.json: {detection_id} has supersets but no rule: deploy the stack again.")
    return ManifestDetection(
        detection_id,
        value["title"],
        response,
        _decoy(decoy) if decoy is not None else None,
        value["level"],
        value["runbook"],
        _count(detection_id, value["count"]) if value["count"] is not None else None,
        condition_from_json(value["rule"]) if value["rule"] is not None else None,
        frozenset(value["supersets"]),
    )


def _decoy(value: Mapping) -> Decoy:
    decoy = Decoy(
        value["kind"],
        value["name"],
        value["arn"],
        value["region"],
        tuple(value["identifiers"]),
        tuple(value["callers"]),
    )
    texts = (decoy.kind, decoy.name, decoy.arn, decoy.region, *decoy.identifiers, *decoy.callers)
    if not all(isinstance(text, str) and text for text in texts):
        raise TypeError(f"a decoy with {value!r}")
    return decoy


def _count(detection_id: str, value: Mapping) -> Count:
    count = Count(tuple(value["groupBy"]), value["seconds"], value["atLeast"])
    numbers = (count.seconds, count.at_least)
    if not all(isinstance(text, str) for text in count.group_by) or not all(
        isinstance(number, int) and not isinstance(number, bool) and number > 0 for number in numbers
    ):
        raise ManifestError(f"detections.json: {detection_id}.count is invalid: deploy the stack again.")
    return count


def _principal(value: object) -> arn.Entity:
    entity = arn.entity(value)
    if entity is None:
        raise ManifestError(f"detections.json: decoy_principals contains {value!r}: use ARNs of IAM users or roles.")
    return entity
