"""Where detections are deployed (components/detection.py), and which of them match a record.

The delivery rules are AWS's, which the lab follows too (deadfall/lab/event_bus.py):

- EventBridge delivers a record to the rules of its region. A read-only management event reaches only rules in a special
  state (EventBridge user guide, "Receiving read-only management events from AWS services").
- A rule outside the home region forwards to the home region's bus, where the same detection must match the event again.
- The trail's log group has the records of all regions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from deadfall.config import StackConfig, Trail
from deadfall.patterns.delivered_event import event_of
from deadfall.patterns.detail_types import API_CALL, SIGN_IN
from deadfall.patterns.event_pattern import EventPattern
from deadfall.patterns.filter_pattern import FilterPattern
from deadfall.touches.records import Record

from ..detection import StackDetection
from ..sigma.back_end import Path
from ..sigma.event_bridge.patterns import pattern_text

WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

Event = Mapping[str, Any]

_event_pattern = lru_cache(maxsize=1024)(EventPattern)
_filter_pattern = lru_cache(maxsize=1024)(FilterPattern)


@dataclass(frozen=True)
class EventRule:
    """One rule on the default event bus of a region (event path)."""

    detection: StackDetection
    region: str
    state: str
    pattern: str

    def matches(self, record: Record) -> bool:
        return all(
            is_delivered(self.state, event) and _event_pattern(self.pattern).matches(event) for event in events(record)
        ) and _is_confirmed(self.detection, "E", record)


@dataclass(frozen=True)
class MetricFilter:
    """One metric filter on the trail's log group (log path)."""

    detection: StackDetection
    pattern: str

    def matches(self, record: Record) -> bool:
        return _filter_pattern(self.pattern).matches(record) and _is_confirmed(self.detection, "L", record)


def _is_confirmed(detection: StackDetection, path: Path, record: Record) -> bool:
    """Return whether the responder confirms what a path matched: where that is more than the rule, the rule."""
    return path not in detection.compiled.supersets or detection.rule.condition.matches(record)


@dataclass(frozen=True)
class Deployment:
    """A stack's rules and filters on single records; rules with a threshold are left out, as they prove nothing."""

    home: str
    trail: Trail
    rules: Sequence[EventRule]
    filters: Sequence[MetricFilter]

    def match_on_event_path(self, record: Record) -> Iterator[StackDetection]:
        if not self._logged(record):
            return
        for rule in self._rules_in(record["awsRegion"]):
            if rule.matches(record) and self._arrives_home(rule, record):
                yield rule.detection

    def match_on_log_path(self, record: Record) -> Iterator[StackDetection]:
        if self._logged(record):
            yield from (each.detection for each in self.filters if each.matches(record))

    def _rules_in(self, region: str) -> Sequence[EventRule]:
        return self._by_region.get(region, ())

    @cached_property
    def _by_region(self) -> Mapping[str, Sequence[EventRule]]:
        by_region: dict[str, list[EventRule]] = {}
        for rule in self.rules:
            by_region.setdefault(rule.region, []).append(rule)
        return by_region

    def _arrives_home(self, rule: EventRule, record: Record) -> bool:
        return rule.region == self.home or any(
            other.detection.id == rule.detection.id and other.matches(record) for other in self._rules_in(self.home)
        )

    def _logged(self, record: Record) -> bool:
        """Return whether the trail logs the record; an adopted trail is assumed to log all management events."""
        excluded = {"kms.amazonaws.com": self.trail.exclude_kms, "rdsdata.amazonaws.com": self.trail.exclude_rds_data}
        return not excluded.get(record["eventSource"], False)


def plan_deployment(config: StackConfig, detections: Sequence[StackDetection]) -> Deployment:
    """Return the deployment of the detections; those made for a decoy come first, to be named as the proof."""
    single = sorted((each for each in detections if each.rule.count is None), key=lambda each: each.decoy is None)
    rules = [
        EventRule(each, region, WITH_READS if each.compiled.matches_reads else "ENABLED", pattern_text(pattern))
        for each in single
        for region in dict.fromkeys((*each.regions, config.home))
        for pattern in each.compiled.event_patterns
    ]
    return Deployment(
        config.home,
        config.trail,
        rules,
        [MetricFilter(each, text) for each in single for text in each.compiled.filter_patterns],
    )


def is_delivered(rule_state: str, event: Event) -> bool:
    """Return whether EventBridge delivers the event to a rule in this state, regardless of its pattern.

    AWS's pages disagree on which events are read-only: those whose record has readOnly, or those whose names start with
    Get, List or Describe (docs/aws-facts.md, read-only-two-readings). This is the stricter reading: what it delivers is
    delivered under both.
    """
    is_read = event["detail-type"] == API_CALL and event["detail"].get("readOnly") is True
    return rule_state == WITH_READS or (rule_state == "ENABLED" and not is_read)


def events(record: Record) -> list[Event]:
    """Return the record as EventBridge delivers it; for a sign-in in both spellings, as a rule must match either."""
    event = event_of(record)
    return [{**event, "detail-type": kind} for kind in SIGN_IN] if event["detail-type"] in SIGN_IN else [event]
