"""A compiled rule in one stack: what it is called there, where it is deployed, and what a hit leads to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deadfall.config import AccessKeyDecoy, SecretDecoy

from .sigma.rule import Rule

if TYPE_CHECKING:  # imports the back ends, which a list of rules does not need
    from .compiled import Compiled

DeployedResponse = Literal["observe", "alert", "contain"]


@dataclass(frozen=True)
class Detection:
    """`id` goes into the names of rules, filters and alarms, so it does not say that a decoy is behind it.

    `regions` are those that need the EventBridge rule; `decoy` is the one that the detection watches, if it is made
    for one.
    """

    id: str
    title: str
    response: DeployedResponse
    regions: tuple[str, ...]
    compiled: "Compiled"
    decoy: SecretDecoy | AccessKeyDecoy | None = None

    @property
    def rule(self) -> Rule:
        return self.compiled.rule
