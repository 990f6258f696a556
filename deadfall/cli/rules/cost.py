"""Monthly cost of a detection in USD.

List prices of us-east-1, as in the README: read on 2026-11-21 from third-party copies of AWS's price list. EventBridge
rules, events that AWS services put on the default bus, and CloudWatch Logs metric filters are free.

https://aws.amazon.com/eventbridge/pricing/ https://aws.amazon.com/cloudwatch/pricing/
"""

from collections.abc import Collection
from dataclasses import dataclass

from deadfall.rules.compiler import CompiledRule

ALARM = 0.10
CUSTOM_METRIC = 0.30
SOURCE = "list prices of us-east-1, read on 2026-11-21 from third-party copies of AWS's price list"

# Lambda on arm64, read on 2026-12-01 from third-party copies of https://aws.amazon.com/lambda/pricing/. The responder
# has 512 MB (components/kill_switch.py); how long it takes to reject an event is an estimate.
_REQUEST, _GB_SECOND = 0.20 / 1e6, 0.0000133334
_GB, _SECONDS = 0.5, 0.1
INVOCATION = _REQUEST + _GB * _SECONDS * _GB_SECOND
INVOCATION_SOURCE = (
    f"an invocation of the responder for an event that it rejects is estimated at {_SECONDS} s, "
    f"${1e6 * INVOCATION:.2f} per million (arm64, 512 MB, us-east-1, read on 2026-12-01)"
)


@dataclass(frozen=True)
class Cost:
    """The billable resources of one detection.

    Each of the `regions` has all `event_rules`; filters, alarms and metrics are in the home region only. A metric costs
    money only in months with a match.
    """

    event_rules: int
    regions: int
    filters: int
    alarms: int

    @property
    def fixed(self) -> float:
        return self.alarms * ALARM

    @property
    def with_hits(self) -> float:
        return self.fixed + self.alarms * CUSTOM_METRIC

    @property
    def sentence(self) -> str:
        parts = []
        if self.event_rules:
            parts.append(f"{_number(self.event_rules, 'EventBridge rule')} in {_number(self.regions, 'region')}: free")
        if self.filters:
            parts.append(f"{_number(self.filters, 'metric filter')}: free")
            parts.append(
                f"{_number(self.alarms, 'alarm')}: ${self.fixed:.2f} a month (${self.with_hits:.2f} with hits)"
            )
        return ", ".join(parts) or "nothing: the rule is only used by hunts, nothing is deployed"


def cost(compiled: CompiledRule, regions: Collection[str]) -> Cost:
    """Return the cost of one detection deployed in these regions.

    All of the rule's own filters feed one alarm, and the exact CIS filter feeds another (components/detection.py).
    """
    filters = len(compiled.filter_patterns) + bool(compiled.exact_filter)
    alarms = bool(compiled.filter_patterns) + bool(compiled.exact_filter)
    return Cost(len(compiled.event_patterns), len(regions), filters, alarms)


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")
