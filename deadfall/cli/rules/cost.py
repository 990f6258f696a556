"""What a detection costs a month, in USD.

List prices of us-east-1, as in the README: read on 2026-11-21 from second-hand copies of AWS's price list. EventBridge
takes nothing for rules, nor for events that AWS services put on the default bus; CloudWatch Logs takes nothing for
metric filters.

https://aws.amazon.com/eventbridge/pricing/ https://aws.amazon.com/cloudwatch/pricing/
"""

from collections.abc import Collection
from dataclasses import dataclass

from deadfall.rules.compiler import CompiledRule

ALARM = 0.10
CUSTOM_METRIC = 0.30
SOURCE = "list prices of us-east-1, read on 2026-11-21 from second-hand copies of AWS's price list"


@dataclass(frozen=True)
class Cost:
    """`event_rules` are in each of so many regions; filters, alarms and metrics in the home region alone. A metric is
    paid for in months in which something matched."""

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
                f"{_number(self.alarms, 'alarm')}: ${self.fixed:.2f} a month (${self.with_hits:.2f} in one with hits)"
            )
        return ", ".join(parts) or "nothing: there is nothing to deploy, only to hunt with"


def cost(compiled: CompiledRule, regions: Collection[str]) -> Cost:
    """Of one detection that is needed in these regions. All its own filters feed one alarm, and the exact one another
    (components/detection.py)."""
    filters = len(compiled.filter_patterns) + bool(compiled.exact_filter)
    alarms = bool(compiled.filter_patterns) + bool(compiled.exact_filter)
    return Cost(len(compiled.event_patterns), len(regions), filters, alarms)


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")
