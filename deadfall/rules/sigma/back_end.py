"""What a back end of the Sigma compiler is, and which there are."""

import functools
import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from . import back_ends
from .rule import Rule

Path = Literal["E", "L", "S"]
"""Where queries run: on the event path, on the log path, or in a search of archived records."""


class NotExpressibleError(Exception):
    """What a rule asks for can't be said to AWS without meaning something else.

    The text is one sentence that names the rule, the back end, the field and modifier or the limit, and what to change
    in the rule.
    """


class BackEnd(Protocol):
    """Compiles rules to queries that match exactly the records for which a rule holds, or refuses them.

    `name` is how `deadfall.gaps` names it, `query` what one of its queries is called. `targets` are the languages in
    which it writes queries, each with a clause on what is written.
    """

    name: str
    path: Path
    query: str
    targets: Mapping[str, str]

    def compile(self, rule: Rule) -> Sequence[Any]:
        """Return the queries of a rule; several where one would be over a limit.

        Raises:
            NotExpressibleError: the back end can't say what the rule asks.
        """
        ...

    def write(self, rule: Rule, target: str) -> list[str]:
        """Return the queries of a rule as texts in the language of a target.

        Raises:
            NotExpressibleError: the target can't say what the rule asks.
        """
        ...


@functools.cache
def discover() -> tuple[BackEnd, ...]:
    """Return all back ends, those of back_ends/, in the order of their names."""
    return tuple(importlib.import_module(f"{back_ends.__name__}.{module}").BACK_END for module in back_ends.MODULES)


@functools.cache
def targets() -> Mapping[str, BackEnd]:
    """Return the back end of each target."""
    return {target: back_end for back_end in discover() for target in back_end.targets}
