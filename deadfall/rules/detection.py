"""A compiled rule in one stack: what it is called there, where it is deployed, and what a hit leads to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deadfall.decoy import Decoy

from .sigma.rule import Response, Rule

if TYPE_CHECKING:  # imports the back ends, which a list of rules does not need
    from .compiler import CompiledRule


@dataclass(frozen=True)
class StackDetection:
    """`id` goes into the names of rules, filters and alarms, so it does not say that a decoy is behind it.

    `regions` are those that need the EventBridge rule; `decoy` is the one that the detection watches, if it is made
    for one.
    """

    id: str
    title: str
    response: Response
    regions: tuple[str, ...]
    compiled: "CompiledRule"
    decoy: Decoy | None = None

    @property
    def rule(self) -> Rule:
        return self.compiled.rule
