"""One way to break a guardrail, to leave it whole, or to keep it from looking: a mutation of the shipped program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .graph import Graph


@dataclass(frozen=True)
class Way:
    """`mutate` is applied to the graph of a shipped stack; `told` is what the violation's message contains; `settings`
    are those of the guardrail."""

    title: str
    mutate: Callable[[Graph], Graph]
    told: str = ""
    stack: str = "dev"
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ways:
    """What is tried on one guardrail: `violations` turn it red, and nothing else; `compliant` don't; `unknown` don't
    either, and Pulumi says that it couldn't look. `never_unknown`: why there is nothing that could be unknown."""

    violations: tuple[Way, ...]
    compliant: tuple[Way, ...] = ()
    unknown: tuple[Way, ...] = ()
    never_unknown: str = ""
