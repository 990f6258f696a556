"""A compiled rule in one stack: what it is called there, where it is deployed, and what a hit leads to."""

from dataclasses import dataclass
from typing import Literal

from deadfall.config import AccessKeyDecoy, SecretDecoy

from .compiler import CompiledRule
from .sigma.rule import Rule

DeployedResponse = Literal["observe", "alert", "contain"]


@dataclass(frozen=True)
class StackDetection:
    """`id` goes into the names of rules, filters and alarms, so it does not say that a decoy is behind it.

    `regions` are those that need the EventBridge rule; `decoy` is the one that the detection watches, if it is made
    for one.
    """

    id: str
    title: str
    response: DeployedResponse
    regions: tuple[str, ...]
    compiled: CompiledRule
    decoy: SecretDecoy | AccessKeyDecoy | None = None

    @property
    def rule(self) -> Rule:
        return self.compiled.rule
