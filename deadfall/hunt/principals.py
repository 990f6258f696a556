"""Summarise the kill switch's verdicts by principal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .hit import Hit


@dataclass
class Principal:
    """One caller with one outcome for one reason. `actions` are those of the first plan."""

    outcome: str
    caller: str
    reason: str
    actions: tuple[str, ...]
    first: str
    last: str = ""
    hits: int = 0
    rules: set[str] = field(default_factory=set)

    def facts(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "caller": self.caller,
            "hits": self.hits,
            "first": self.first,
            "last": self.last,
            "rules": sorted(self.rules),
            "reason": self.reason,
            "actions": list(self.actions),
        }


class Principals:
    """A running summary of hits."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], Principal] = {}

    def counting(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Yield the same hits, which must be in order of time, and count them."""
        for hit in hits:
            self._count(hit)
            yield hit

    def all(self) -> list[Principal]:
        """Return the principals, those that would be contained first, then by number of hits."""
        return sorted(self._found.values(), key=lambda each: (each.outcome != "contained", -each.hits, each.caller))

    def _count(self, hit: Hit) -> None:
        verdict = hit.verdict
        assert verdict is not None  # noqa: S101  set on every hit with --would-contain
        key = (verdict.outcome, verdict.principal or hit.caller, verdict.reason)
        if key not in self._found:
            self._found[key] = Principal(
                verdict.outcome, hit.caller, verdict.reason, verdict.actions, hit.text("eventTime")
            )
        found = self._found[key]
        found.last = hit.text("eventTime")
        found.hits += 1
        found.rules.add(hit.hunted.rule.name)
