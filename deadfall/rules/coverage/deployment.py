"""What of the detections is deployed where (components/detection.py), and which of it sees a record.

As AWS delivers, and as the lab does (deadfall/lab/event_bus.py):

- EventBridge gives a record to the rules of its own region. A read-only management event reaches only rules in the
  state made for them (EventBridge user guide, "Receiving read-only management events from AWS services").
- A rule outside the home region forwards to the home region's bus, where the same detection must see the event again.
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
from ..sigma.event_bridge.patterns import pattern_text

WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

Event = Mapping[str, Any]

_event_pattern = lru_cache(maxsize=1024)(EventPattern)
_filter_pattern = lru_cache(maxsize=1024)(FilterPattern)


@dataclass(frozen=True)
class EventRule:
    """Path E: one rule on the default bus of a region."""

    detection: StackDetection
    region: str
    state: str
    pattern: str

    def sees(self, record: Record) -> bool:
        return all(takes(self.state, event) and _event_pattern(self.pattern).matches(event) for event in events(record))


@dataclass(frozen=True)
class MetricFilter:
    """Path L: one filter on the trail's log group."""

    detection: StackDetection
    pattern: str

    def sees(self, record: Record) -> bool:
        return _filter_pattern(self.pattern).matches(record)


@dataclass(frozen=True)
class Deployment:
    """All rules and filters of a stack that react to one record; those that count several prove nothing of one."""

    home: str
    trail: Trail
    rules: Sequence[EventRule]
    filters: Sequence[MetricFilter]

    def seen_on_path_e(self, record: Record) -> Iterator[StackDetection]:
        if not self._logged(record):
            return
        for rule in self._rules_in(record["awsRegion"]):
            if rule.sees(record) and self._arrives_home(rule, record):
                yield rule.detection

    def seen_on_path_l(self, record: Record) -> Iterator[StackDetection]:
        if self._logged(record):
            yield from (each.detection for each in self.filters if each.sees(record))

    def _rules_in(self, region: str) -> Sequence[EventRule]:
        return self._by_region.get(region, ())

    @cached_property
    def _by_region(self) -> Mapping[str, Sequence[EventRule]]:
        found: dict[str, list[EventRule]] = {}
        for rule in self.rules:
            found.setdefault(rule.region, []).append(rule)
        return found

    def _arrives_home(self, rule: EventRule, record: Record) -> bool:
        return rule.region == self.home or any(
            other.detection.id == rule.detection.id and other.sees(record) for other in self._rules_in(self.home)
        )

    def _logged(self, record: Record) -> bool:
        """Of an adopted trail it is assumed that it logs every management event of every region."""
        excluded = {"kms.amazonaws.com": self.trail.exclude_kms, "rdsdata.amazonaws.com": self.trail.exclude_rds_data}
        return not excluded.get(record["eventSource"], False)


def deployed(config: StackConfig, detections: Sequence[StackDetection]) -> Deployment:
    """Detections made for a decoy come first: they are the proof to name, where others see a record too."""
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


def takes(rule_state: str, event: Event) -> bool:
    """Whether a rule in this state is given the event at all, before its pattern is looked at.

    AWS's pages differ on which events are read-only, by the record's readOnly or by names that start with Get, List or
    Describe (research, response.md 3.3). This is the stricter reading: what is seen here is seen under both.
    """
    is_read = event["detail-type"] == API_CALL and event["detail"].get("readOnly") is True
    return rule_state == WITH_READS or (rule_state == "ENABLED" and not is_read)


def events(record: Record) -> list[Event]:
    """The record as EventBridge delivers it; of a sign-in both spellings, for a rule must take either."""
    event = event_of(record)
    return [{**event, "detail-type": kind} for kind in SIGN_IN] if event["detail-type"] in SIGN_IN else [event]
