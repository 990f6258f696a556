"""The event path: EventBridge event patterns."""

from collections.abc import Mapping
from dataclasses import replace

from ..back_end import Compiled, Path
from ..event_bridge.patterns import compile_patterns, pattern_text
from ..rule import Rule


class EventBridge:
    name: str = "eventbridge"
    path: Path = "E"
    query: str = "pattern"
    targets: Mapping[str, str] = {"eventbridge": "each line is the pattern of one EventBridge rule"}

    def compile(self, rule: Rule) -> Compiled:
        return compile_patterns(rule)

    def write(self, rule: Rule, target: str) -> Compiled:
        compiled = compile_patterns(rule)
        return replace(compiled, queries=tuple(map(pattern_text, compiled.queries)))


BACK_END = EventBridge()
