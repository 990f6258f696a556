"""A compiled rule in one stack: its id, regions and response."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deadfall.decoy import Decoy

from .sigma.rule import Response, Rule

if TYPE_CHECKING:  # imports the back ends, which a list of rules does not need
    from .compiler import CompiledRule


@dataclass(frozen=True)
class StackDetection:
    """A detection of a stack.

    `id` is part of the names of rules, filters and alarms, so it doesn't reveal that a decoy is involved. `regions` are
    those that need the EventBridge rule; `decoy` is the decoy that the detection watches, if any.
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
