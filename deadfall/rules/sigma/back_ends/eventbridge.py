"""The event path: EventBridge event patterns."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..back_end import Path
from ..event_bridge.patterns import pattern_text, patterns
from ..rule import Rule


class EventBridge:
    name: str = "eventbridge"
    path: Path = "E"
    query: str = "pattern"
    targets: Mapping[str, str] = {"eventbridge": "each line is the pattern of one EventBridge rule"}

    def compile(self, rule: Rule) -> Sequence[dict[str, Any]]:
        return patterns(rule)

    def write(self, rule: Rule, target: str) -> list[str]:
        return [pattern_text(pattern) for pattern in patterns(rule)]


BACK_END = EventBridge()
